/** Goal: a row's verdict follows its sums, and those of the row that fails beside it: what failed, what has stopped failing, what says too little. */
import test from 'ava';
import { zeroFailureBound } from '../../../lib/statistics/statistics.js';
import type { RowTotals, RowVerdict } from '../../../lib/report/soak/document.js';
import { ROW } from './madeUpRow.js';
import { exitCodeOfRows, rowVerdicts } from '../../../lib/report/soak/verdict.js';

const OOPS = { failures: 50, outcomes: [{ signature: 'oops', count: 50, declared: true }] };
const DEADLOCK = { signature: 'deadlock', count: 60, declared: true };
const LIVELOCK = { signature: 'livelock', count: 1, declared: false };
const FAILS = { ...OOPS, expected: 'oops' };

/** The verdict on a row by itself: nothing fails beside it. */
function alone(changes: Partial<RowTotals>): RowVerdict {
  return rowVerdicts([{ ...ROW, ...changes }])[0];
}

const VERDICTS: readonly (readonly [what: string, changes: Partial<RowTotals>, verdict: string])[] = [
  ['it held', {}, 'HELD'],
  ['it failed and should hold', OOPS, 'VIOLATED'],
  ['it failed and should hold, and the harness failed too', { ...OOPS, harnessErrors: 1 }, 'VIOLATED'],
  ['the harness failed', { harnessErrors: 1 }, 'HARNESS_ERROR'],
  ['nothing ran', { trials: 0 }, 'HARNESS_ERROR'],
  ['it has not run yet', { trials: 0, slices: 0 }, 'INCONCLUSIVE'],
  ['it fails to the end', { ...FAILS, provedAtMs: 950 }, 'REPRODUCED'],
  ['it has stopped failing', { ...FAILS, provedAtMs: 800, trialsSinceProof: 980_000 }, 'NOT_REPRODUCED'],
  ['it fails too seldom to say', { ...FAILS, provedAtMs: 800, trialsSinceProof: 300_000 }, 'REPRODUCED'],
  [
    'once is too seldom to say that it has stopped',
    { ...FAILS, failures: 1, outcomes: [{ ...OOPS.outcomes[0], count: 1 }], trialsSinceProof: 990_000 },
    'REPRODUCED',
  ],
  [
    'it fails as it should, and once as nobody has declared',
    { ...FAILS, outcomes: [...OOPS.outcomes, LIVELOCK] },
    'VIOLATED',
  ],
  [
    'it fails as it should, and as nobody expects of it',
    { ...FAILS, outcomes: [...OOPS.outcomes, DEADLOCK] },
    'VIOLATED',
  ],
  [
    'it fails as it should, and as it may',
    { ...FAILS, outcomes: [...OOPS.outcomes, DEADLOCK], alsoFails: ['deadlock'] },
    'REPRODUCED',
  ],
  [
    'it fails as it may above all',
    { ...FAILS, outcomes: [...OOPS.outcomes, { ...DEADLOCK, count: 5000 }], alsoFails: ['deadlock'] },
    'VIOLATED',
  ],
  [
    'an old store does not tell what it may',
    { ...FAILS, outcomes: [...OOPS.outcomes, { ...DEADLOCK, count: 5000 }], alsoFails: null },
    'REPRODUCED',
  ],
  ['it never failed', { expected: 'oops' }, 'NOT_REPRODUCED'],
  ['64 trials do not condemn the hammer', { expected: 'oops', trials: 64 }, 'INCONCLUSIVE'],
  ['64 trials do not show that it holds', { trials: 64 }, 'INCONCLUSIVE'],
];

for (const [what, changes, verdict] of VERDICTS) {
  test(`${what}: ${verdict}`, (t) => {
    t.is(alone(changes).verdict, verdict as never);
  });
}

/** 1,000 trials without a failure, beside rows that fail. */
function beside(...rows: readonly Partial<RowTotals>[]): RowVerdict {
  const held = { ...ROW, trials: 1000, twin: 'twin' };
  return rowVerdicts([held, ...rows.map((row, i) => ({ ...ROW, ...FAILS, key: `k${i}`, provedAtMs: 950, ...row }))])[0];
}

test('a row holds if its twin would have shown a failure', (t) => {
  const often = beside({ key: 'twin', trials: 500 });
  t.like(often, { verdict: 'HELD', power: { source: 'twin', failures: 50, trials: 500 } });
  t.is(beside({ key: 'twin', trials: 5000 }).verdict, 'INCONCLUSIVE');
});

test('a twin that has never failed, or has stopped, shows nothing', (t) => {
  const never = beside({ key: 'twin', failures: 0, outcomes: [], trials: 1_000_000 });
  t.like(never, { verdict: 'INCONCLUSIVE', power: { source: 'twin', trialsNeeded: null } });
  const stopped = beside({ key: 'twin', trials: 10_000, trialsSinceProof: 9800 });
  t.like(stopped, { verdict: 'INCONCLUSIVE', power: { trials: 9800, trialsNeeded: null } });
});

test('the rate of a twin is that of its expected failures, whatever else became of it', (t) => {
  const broken = beside({ key: 'twin', trials: 500, harnessErrors: 1 });
  t.like(broken, { verdict: 'HELD', power: { source: 'twin', failures: 50, trials: 500 } });
  const other = beside({ key: 'twin', trials: 500, failures: 450, outcomes: [{ ...DEADLOCK, count: 450 }] });
  t.like(other, { verdict: 'INCONCLUSIVE', power: { source: 'twin', failures: 0, trialsNeeded: null } });
});

test('without a twin the row of its race that fails least often counts', (t) => {
  const rows = [{ trials: 100 }, { trials: 700, name: 'seldom' }, { race: 'another', trials: 1_000_000 }];
  t.like(beside(...rows), { verdict: 'HELD', power: { source: 'race', name: 'seldom', trials: 700 } });
});

test('where nothing of its race fails the floor counts, which a race may declare', (t) => {
  t.like(alone({}), { power: { source: 'floor', least: 1e-4 } });
  t.like(alone({ trials: 100, failsAtLeast: 0.1 }), { verdict: 'HELD', power: { source: 'floor', least: 0.1 } });
});

test('what held is bounded with both confidences', (t) => {
  const { high95, bound999 } = alone({});
  t.is(high95, zeroFailureBound(1_000_000));
  t.is(bound999, zeroFailureBound(1_000_000, 0.999));
  t.is(alone(OOPS).bound999, null);
});

test('the worst row decides the exit code', (t) => {
  const held = alone({});
  t.is(exitCodeOfRows([held]), 0);
  t.is(exitCodeOfRows([held, alone({ trials: 64 })]), 4);
  t.is(exitCodeOfRows([held, alone({ expected: 'oops' }), alone({ trials: 64 })]), 3);
  t.is(exitCodeOfRows([held, alone(OOPS), alone({ expected: 'oops' })]), 1);
});

test('a row is judged against what its own code does beside it', (t) => {
  const twin = { ...ROW, ...FAILS, id: 1, key: 'twin', source: 'a' };
  const [, same, other] = rowVerdicts([
    twin,
    { ...ROW, id: 2, twin: 'twin', source: 'a' },
    { ...ROW, id: 3, twin: 'twin', source: 'b' },
  ]);
  t.is(same.power?.source, 'twin');
  t.is(other.power?.source, 'floor');
});
