/**
 * Goal: an interval of an execution counts once however often it is delivered, and never before the evidence that it names.
 * Method: deliveries are made up and given to a store; sums are compared.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DeliveredEvidence, DeliveredInterval, Execution } from '../../lib/soak/fleetRecords.js';
import type { Store } from '../../lib/soak/store.js';
import { soakDocumentOf } from '../../lib/soak/document.js';
import { DELTA, HOST, WHOLE, folder, madeUpExecution, newStore, twoRows } from './rows.js';

interface Fleet {
  readonly store: Store;
  readonly session: number;
  /** Makes an execution of the first row, which should hold, or of the second one. */
  readonly execution: (n: number, host?: string, row?: 0 | 1) => Execution;
}

async function begun(t: ExecutionContext): Promise<Fleet> {
  const store = newStore(join(folder(t), 's.db'));
  const rows = await twoRows();
  const session = store.claim(HOST);
  const ids = store.declare(rows);
  store.fleet.begin('fleet');
  t.teardown(() => store.end(session, 'interrupted', false));
  return {
    store,
    session,
    execution: (n, host = 'a', row = 0) =>
      madeUpExecution({
        uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        row: ids[row],
        source: rows[row].source.hash,
        host: { ...madeUpExecution({ row: 1, source: '' }).host, name: host },
      }),
  };
}

const CLEAN = { ...DELTA, failures: 0, outcomes: [] };

function interval(execution: Execution, number: number, given: Partial<DeliveredInterval> = {}): DeliveredInterval {
  return { ...CLEAN, execution, number, lengthMs: 1000, rssMb: 80, evidence: [], end: null, ...given };
}

test('an interval that is delivered again counts once, in one call and in two', async (t) => {
  const { store, session, execution } = await begun(t);
  const one = interval(execution(1), 0);
  const deliver = (...intervals: DeliveredInterval[]) =>
    store.fleet.deliver(session, 5000, { evidence: [], intervals }).intervals;
  t.deepEqual(deliver(one, one, interval(execution(1), 1, { end: WHOLE })), ['counted', 'known', 'counted']);
  t.deepEqual(deliver(one), ['known']);
  t.deepEqual(deliver(interval(execution(2), 0)), ['counted'], 'the same job, executed again, is another sample');
  t.is(store.totals()[0].trials, 300);
  t.is(store.totals()[0].slices, 2);
});

test('a count waits for the evidence that it names', async (t) => {
  const { store, session, execution } = await begun(t);
  const sha256 = 'a'.repeat(64);
  const failing = interval(execution(1), 0, { ...DELTA, evidence: [{ signature: 'oops', sha256 }] });
  t.deepEqual(store.fleet.deliver(session, 1000, { evidence: [], intervals: [failing] }).intervals, ['waits']);
  t.is(store.totals()[0].failures, 0);
  const oops: DeliveredEvidence = { execution: execution(1), signature: 'oops', sha256, report: 'Oops', file: null };
  const receipts = store.fleet.deliver(session, 2000, { evidence: [oops, oops], intervals: [failing] });
  t.deepEqual(receipts, { evidence: ['counted', 'known'], intervals: ['counted'] });
  t.is(store.totals()[0].failures, 3);
  t.deepEqual(
    store.evidence().map(({ report }) => report),
    ['Oops'],
  );
});

test('three reports of a signature are kept for a row, and the counts of the others do not wait', async (t) => {
  const { store, session, execution } = await begun(t);
  const hashes = ['1', '2', '3', '4'].map((digit) => digit.repeat(64));
  const evidence = hashes.map((sha256, n) => {
    return { execution: execution(n), signature: 'oops', sha256, report: `report ${n}`, file: null };
  });
  const intervals = hashes.map((sha256, n) =>
    interval(execution(n), 0, { ...DELTA, evidence: [{ signature: 'oops', sha256 }] }),
  );
  t.deepEqual(store.fleet.deliver(session, 1000, { evidence, intervals }).intervals, Array(4).fill('counted'));
  t.is(store.evidence().length, 3);
});

test('what no row of the store has run is not counted', async (t) => {
  const { store, session, execution } = await begun(t);
  const other = { ...execution(1), source: 'f'.repeat(64) };
  const receipts = store.fleet.deliver(session, 1000, { evidence: [], intervals: [interval(other, 0)] });
  t.deepEqual(receipts.intervals, ['foreign']);
  t.is(store.totals()[0].trials, 0);
  t.deepEqual(store.fleet.hosts(), []);
});

test('trials without a failure count where the hammer is proven, and failures everywhere', async (t) => {
  const { store, session, execution } = await begun(t);
  const deliver = (...intervals: DeliveredInterval[]): void => {
    store.fleet.deliver(session, 1000, { evidence: [], intervals });
  };
  const held = (n: number, host: string, trials: number): DeliveredInterval =>
    interval(execution(n, host), 0, { trials });
  const reproduced = (n: number, host: string): DeliveredInterval => {
    const outcomes = [{ signature: store.totals()[1].expected!, count: 50 }];
    return interval(execution(n, host, 1), 0, { failures: 50, outcomes });
  };
  // The row that should hold has a twin that no host has run: it is not another race that proves it.
  deliver(held(1, 'a', 1000), reproduced(2, 'a'));
  const apart = soakDocumentOf(store, 0);
  t.like(apart.rows[0], { trials: 0, verdict: 'INCONCLUSIVE' });
  t.like(apart.rows[1], { trials: 100, verdict: 'REPRODUCED' });
  t.deepEqual(
    apart.fleet!.rows.map(({ row, isProven }) => [row, isProven]),
    [
      [1, false],
      [2, true],
    ],
  );
});

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const SAMPLED = { sampled: 10, unclear: 1, crowded: 0, unknown: 0 };
const COUNTED = { classes: 3, reason: null, identity: A, ...SAMPLED };
const NOT_COUNTED = { classes: null, reason: 'too many states', identity: null, ...SAMPLED, sampled: 0, unclear: 0 };

test('a class is met if a host has met it, and what is delivered again counts once', async (t) => {
  const { store, session, execution } = await begun(t);
  const deliver = (nowMs: number, ...intervals: DeliveredInterval[]) =>
    store.fleet.deliver(session, nowMs, { evidence: [], intervals }).intervals;
  const figures = () => store.totals()[0].classes;
  deliver(1000, interval(execution(1, 'a'), 0, { classes: { ...NOT_COUNTED, met: [] } }));
  t.like(figures(), { classes: null, reason: 'too many states' });
  const first = interval(execution(2, 'b'), 0, { classes: { ...COUNTED, met: [A] } });
  deliver(2000, first, first);
  t.deepEqual(deliver(2500, first), ['known']);
  t.like(figures(), { classes: 3, reason: null, met: 1, sampled: 10, lastNewMs: 2000 });
  deliver(3000, interval(execution(3, 'c'), 0, { classes: { ...COUNTED, met: [A, B] } }));
  t.like(figures(), { met: 2, sampled: 20, unclear: 2, lastNewMs: 3000 });
  deliver(4000, interval(execution(4, 'a'), 0, { classes: { ...NOT_COUNTED, met: [] } }));
  t.like(figures(), { classes: 3, reason: null, met: 2 }, 'a host that could not count them takes nothing away');
});

test('classes that another search has found are not mixed with these, and that is noted', async (t) => {
  const { store, session, execution } = await begun(t);
  const deliver = (...intervals: DeliveredInterval[]) =>
    store.fleet.deliver(session, 1000, { evidence: [], intervals }).intervals;
  const other = { ...COUNTED, classes: 4, identity: B };
  deliver(interval(execution(1, 'a'), 0, { classes: { ...COUNTED, met: [A] } }));
  t.deepEqual(deliver(interval(execution(2, 'b'), 0, { classes: { ...other, met: [B] } })), ['counted']);
  deliver(interval(execution(2, 'b'), 1, { classes: { ...other, met: [A] } }));
  t.like(store.totals()[0].classes, { classes: 3, met: 1, sampled: 10 });
  t.is(store.totals()[0].trials, 300, 'its trials count all the same');
  const noted = store.events(10).filter(({ kind }) => kind === 'classes');
  t.deepEqual(
    noted.map(({ text }) => text.slice(0, 14)),
    ['b: its search '],
  );
});
