/**
 * Goal: the store of a fleet that merges what is old says the same as one that never does, refuses what it has counted, and stays small.
 * Method: drawn executions on some hosts, delivered late, twice and out of order over hours of the soak, go into two stores, one of which
 * merges; all that is read of both is compared again and again.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { soakDocumentOf } from '../../lib/soak/document.js';
import type { DeliveredInterval } from '../../lib/soak/fleetRecords.js';
import type { FollowedStore } from '../../lib/soak/followed.js';
import { Store } from '../../lib/soak/store.js';
import { HOST, PACE, WHOLE, folder, madeUpExecution, twoRows } from './rows.js';

const HOUR_MS = 3_600_000;
const INTERVALS_MAX = 16;
const EXECUTIONS = 45;
/** More of them by hand: SEEDS=1,2,3. */
const SEEDS = (process.env['SEEDS'] ?? '7').split(',').map(Number);
const SIGNATURES = ['deadlock', 'oops', 'livelock'];

/** Numbers from 0 up to `below`, always the same for one seed. */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => ((state = (state * 1103515245 + 12345) % 2 ** 31) >> 12) % below;
}

interface Kept {
  readonly db: SoakDatabase;
  readonly store: Store;
  readonly session: number;
  readonly followed: FollowedStore;
}

async function makeStore(t: ExecutionContext): Promise<Kept> {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 100 * HOUR_MS, pace: PACE });
  store.fleet.begin('fleet');
  store.declare(await twoRows());
  return { db, store, session: store.claim(HOST), followed: store.follow() };
}

/** All that is read of a store, but for the time of day. */
function saidOf({ db, store, followed }: Kept, isFollowed: boolean): unknown {
  const read = isFollowed ? followed : store;
  if (isFollowed) followed.read();
  const { campaign, sessions, fleet, ...document } = soakDocumentOf(store, 0, read);
  const views = ['row_sum', 'row_outcome', 'row_hour'].map((view) =>
    db.all(`SELECT * FROM ${view} ORDER BY 1, 2, 3, 4`),
  );
  const hangs = db.all(
    'SELECT race, name, signature, sum(count), max(end_ms) FROM hang GROUP BY 1, 2, 3 ORDER BY 1, 2, 3',
  );
  const said = {
    ...document,
    elapsedMs: campaign.elapsedMs,
    sessions: sessions.map(({ counts, startMs, endMs }) => ({ counts, startMs, endMs })),
    hosts: fleet?.rows,
    stretches: read.stretches(),
    bySession: read.bySession(),
    views,
    hangs,
  };
  // Slopes are added up in another order.
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value);
  return JSON.parse(JSON.stringify(said, rounded)) as unknown;
}

function countOf({ db }: Kept, table: string): number {
  return (db.get(`SELECT count(*) AS n FROM ${table}`) as { n: number }).n;
}

for (const seed of SEEDS) {
  test(`a store that merges says the same as one that does not: seed ${seed}`, async (t) => {
    const [merging, plain] = [await makeStore(t), await makeStore(t)];
    const rows = await twoRows();
    const draw = drawn(seed);
    const late: DeliveredInterval[] = [];
    const all: DeliveredInterval[] = [];
    let nowMs = 0;
    const deliver = (intervals: readonly DeliveredInterval[]): void => {
      const [a, b] = [merging, plain].map(({ store, session }) =>
        store.fleet.deliver(session, nowMs, { evidence: [], intervals }),
      );
      t.deepEqual(a.intervals, b.intervals);
    };
    for (let n = 0; n < EXECUTIONS; n++) {
      const row = draw(3) === 0 ? 1 : 0;
      const host = { ...madeUpExecution({ row: 1, source: '' }).host, name: `h${draw(3)}` };
      const uuid = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      const execution = madeUpExecution({ uuid, row: row + 1, source: rows[row].source.hash, host });
      const length = 1 + draw(INTERVALS_MAX);
      const mine = Array.from({ length }, (_, number): DeliveredInterval => {
        // The first row holds but for a while, and so does the hammer of the other one fail.
        const isBad = row === 1 ? n < 20 || (n > 35 && n < 40) : n === 24;
        const outcomes = SIGNATURES.map((signature) => ({ signature, count: isBad ? Math.max(0, draw(9) - 5) : 0 }));
        const failures = outcomes.reduce((sum, { count }) => sum + count, 0);
        const counts = { seconds: draw(12) / 4, trials: 100 + draw(100), failures, nearMisses: draw(5), outcomes };
        const rssMb = draw(4) === 0 ? null : 80 + draw(20);
        const end = number === length - 1 && draw(8) > 0 ? WHOLE : null;
        return { ...counts, execution, number, lengthMs: 2000 + draw(2000), rssMb, evidence: [], end };
      });
      all.push(...mine);
      for (const interval of mine) {
        nowMs += 3000 + draw(9000);
        if (draw(12) === 0) late.push(interval);
        else deliver([interval]);
      }
      if (draw(6) === 0) deliver(late.splice(0));
      deliver([all[draw(all.length)], all[draw(all.length)]]);
      nowMs += draw(20_000);
      merging.store.fleet.mergeOld(nowMs, 1 + draw(5));
      if (n % 20 === 19) {
        const said = saidOf(plain, false);
        t.deepEqual(saidOf(merging, false), said, `after ${n}`);
        if (n % 40 === 39) t.deepEqual(saidOf(merging, true), said, `followed, after ${n}`);
      }
    }
    deliver(late);
    nowMs += 3 * HOUR_MS;
    while (merging.store.fleet.mergeOld(nowMs) > 0);
    t.deepEqual(saidOf(merging, false), saidOf(plain, false));
    for (const interval of all) {
      const [receipt] = merging.store.fleet.deliver(merging.session, nowMs, {
        evidence: [],
        intervals: [interval],
      }).intervals;
      t.is(receipt, 'known');
    }
    t.is(merging.db.unsoundness(), null);
    t.true(countOf(merging, 'interval') < countOf(plain, 'interval') / 2, `${countOf(merging, 'interval')} intervals`);
    t.true(countOf(merging, 'delivery') < countOf(plain, 'delivery') / 4, `${countOf(merging, 'delivery')} numbers`);
    t.is(merging.store.fleet.mergeOld(nowMs), 0, 'nothing is merged twice');
    for (const { db } of [merging, plain]) db.close();
  });
}

test('who has read a part of what is merged then begins anew', async (t) => {
  const kept = await makeStore(t);
  const [row] = await twoRows();
  const execution = madeUpExecution({ row: 1, source: row.source.hash });
  const counts = { seconds: 3, trials: 100, failures: 0, nearMisses: 0, outcomes: [] };
  const deliver = (numbers: readonly number[], nowMs: number) =>
    kept.store.fleet.deliver(kept.session, nowMs, {
      evidence: [],
      intervals: numbers.map((number) => ({
        ...counts,
        execution,
        number,
        lengthMs: 3000,
        rssMb: 80,
        evidence: [],
        end: null,
      })),
    });
  deliver([0], 60_000);
  deliver([1, 2], 3 * HOUR_MS);
  kept.followed.read();
  deliver([3, 4, 5], 3 * HOUR_MS);
  t.is(kept.store.fleet.mergeOld(6 * HOUR_MS), 1);
  t.is(countOf(kept, 'interval'), 3, 'the first of the session, those between, and the last of the slice');
  kept.followed.read();
  t.is(kept.followed.totals()[0].trials, 600);
  t.deepEqual(kept.followed.totals(), kept.store.totals());
  // It has not ended, so more of it may come; what has come is known all the same.
  t.deepEqual(deliver([3, 6, 6], 6 * HOUR_MS).intervals, ['known', 'counted', 'known']);
  t.is(kept.store.fleet.mergeOld(6 * HOUR_MS), 0);
  t.is(kept.store.fleet.mergeOld(9 * HOUR_MS), 1, 'what has come is merged when it is old');
  kept.db.close();
});
