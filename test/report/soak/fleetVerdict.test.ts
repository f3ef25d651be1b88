/**
 * Goal: trials without a failure add up over the hosts that have proved their hammer, a failure counts wherever it happens, and rates
 * of different hosts are never one. Method: made-up sums of two or three hosts; what an unproven host counts would change each answer.
 */
import test from 'ava';
import type { RowTotals, SoakDocument } from '../../../lib/report/soak/document.js';
import type { FleetHost, HostTotals } from '../../../lib/report/soak/fleetDocument.js';
import { resumeCommand } from '../../../lib/cli/soak/end.js';
import { fleetVerdicts, rowsByHost } from '../../../lib/report/soak/fleetVerdict.js';
import { soakReport } from '../../../lib/report/soak/text.js';
import { SoakParts } from '../../../lib/report/soak/section.js';
import { countedRate } from '../../../lib/statistics/power.js';
import { binomialInterval, zeroFailureBound } from '../../../lib/statistics/statistics.js';
import { isDescribed } from '../../described.js';
import { madeUpExecution } from '../../soak/rows.js';
import { ROW } from './madeUpRow.js';
import { SOAK } from './madeUpSoak.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const HOLDS: RowTotals = { ...ROW, id: 1, key: 'holds', name: 'holds', twin: 'fails' };
const FAILS: RowTotals = {
  ...ROW,
  id: 2,
  key: 'fails',
  name: 'fails',
  expected: 'oops',
  failures: 300,
  outcomes: [{ signature: 'oops', count: 300, declared: true }],
};

function on(host: number, row: number, given: Partial<HostTotals>): HostTotals {
  const counts = { trials: 0, failures: 0, nearMisses: 0, seconds: 1, outcomes: [] };
  return { ...counts, row, host, slices: 1, harnessErrors: 0, provedAtMs: null, trialsSinceProof: 0, ...given };
}

function oopses(count: number): Partial<HostTotals> {
  return { failures: count, outcomes: [{ signature: 'oops', count }], provedAtMs: 10 };
}

/** Two hosts on which the hammer works, at different rates, and one on which it does not. */
const TOTALS: readonly HostTotals[] = [
  on(1, 1, { trials: 400_000 }),
  on(1, 2, { trials: 10_000, ...oopses(200) }),
  on(2, 1, { trials: 500_000 }),
  on(2, 2, { trials: 10_000, ...oopses(100) }),
  on(3, 1, { trials: 7_000_000 }),
  on(3, 2, { trials: 10_000 }),
];
const SUMS = [
  { ...HOLDS, trials: 7_900_000 },
  { ...FAILS, trials: 30_000 },
];

test('trials without a failure count where what should fail has failed', (t) => {
  const { rows, hostRows } = fleetVerdicts(SUMS, TOTALS);
  t.like(rows[0], { verdict: 'HELD', trials: 900_000, high95: zeroFailureBound(900_000) });
  t.like(rows[0].power, {
    source: 'twin',
    least: countedRate('twin', '', { trials: 10_000, failures: 100, blocks: [] }).least,
  });
  t.deepEqual(
    hostRows.filter(({ row }) => row === 1).map(({ host, isProven }) => [host, isProven]),
    [
      [1, true],
      [2, true],
      [3, false],
    ],
  );
});

test('where no host has proved its hammer nothing is claimed', (t) => {
  const { rows } = fleetVerdicts(
    SUMS,
    TOTALS.filter(({ host }) => host === 3),
  );
  t.like(rows[0], { verdict: 'INCONCLUSIVE', trials: 0 });
});

test('a host whose hammer has stopped failing has not proved it', (t) => {
  const stopped = TOTALS.map((one) =>
    one.host === 2 && one.row === 2 ? { ...one, trials: 1e6, trialsSinceProof: 990_000 } : one,
  );
  const { rows } = fleetVerdicts(SUMS, stopped);
  t.like(rows[0], { verdict: 'HELD', trials: 400_000 });
});

test('a failure counts also where the hammer is not proven', (t) => {
  const failing = TOTALS.map((one) => (one.host === 3 && one.row === 1 ? { ...one, ...oopses(1) } : one));
  const sums = [{ ...SUMS[0], failures: 1, outcomes: [{ signature: 'oops', count: 1, declared: true }] }, SUMS[1]];
  t.like(fleetVerdicts(sums, failing).rows[0], { verdict: 'VIOLATED', trials: 7_900_000, failures: 1 });
});

test('a row that should fail does so where it does, and its interval is the span of the hosts, not a pooled one', (t) => {
  const { rows } = fleetVerdicts(SUMS, TOTALS);
  t.like(rows[1], { verdict: 'REPRODUCED', low95: 0, high95: binomialInterval(200, 10_000).high });
  const two = fleetVerdicts(
    SUMS,
    TOTALS.filter(({ host }) => host < 3),
  ).rows[1];
  t.is(two.low95, binomialInterval(100, 10_000).low);
});

test('a comparison of two fleets compares each host with itself', (t) => {
  const rows = rowsByHost(SUMS, TOTALS, (host) => `h${host}`);
  t.is(new Set(rows.map(({ key }) => key)).size, 6);
  t.like(
    rows.find(({ name }) => name === 'fails @ h2'),
    { trials: 10_000, failures: 100 },
  );
});

const { host } = madeUpExecution({ row: 1, source: '' });
const HOSTS: FleetHost[] = [1, 2, 3].map((id) => ({ id, name: `h${id}`, facts: host.facts, firstAt: 0, lastAt: 1 }));

function fleetSoak(): SoakDocument {
  const { rows, hostRows } = fleetVerdicts(SUMS, TOTALS);
  return { ...SOAK, rows, hangs: [], evidence: [], fleet: { hosts: HOSTS, rows: hostRows } };
}

test('the document is as its schema says', (t) => {
  isDescribed(t, 'soak', JSON.stringify(fleetSoak()));
});

test('report and page say who has proved nothing, and how rates differ', (t) => {
  const text = soakReport(fleetSoak(), PLAIN).join('\n');
  const history = { soak: fleetSoak(), stretches: [], classes: [], bySession: [], timelines: [], path: 's.db' };
  const page = new SoakParts(history, 's', null).section('Soak').toString();
  for (const words of [
    'hammer not proven for 1 row: 7,000,000 trials without it count for nothing',
    '0 per trial (h3) to 2.00 % (h1), which differ',
  ]) {
    t.true(text.includes(words), text);
    t.true(page.includes(words));
  }
  t.true(text.includes('Hammer not proven: h3: what should fail'));
  t.true(text.includes('900,000 trials in total'));
  t.true(page.includes('fleet hub --resume --store s.db'));
  t.is(
    resumeCommand(fleetSoak(), 's.db', { isUsedUp: false }),
    'npx racehammer fleet hub --resume --trust-code --store s.db',
  );
});
