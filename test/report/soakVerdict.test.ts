/** Goal: a row's verdict follows its sums: what failed, what has stopped failing, what the harness could not do. */
import test from 'ava';
import { zeroFailureBound } from '../../lib/evidence/statistics.js';
import type { RowTotals } from '../../lib/report/soakDocument.js';
import { ROW } from './soakRow.js';
import { exitCodeOfRows, rowVerdict } from '../../lib/report/soakVerdict.js';

const OOPS = { failures: 5, outcomes: [{ signature: 'oops', count: 5, declared: true }] };
const LIVELOCK = { signature: 'livelock', count: 1, declared: false };

const VERDICTS: readonly (readonly [what: string, changes: Partial<RowTotals>, verdict: string])[] = [
  ['it held', {}, 'HELD'],
  ['it failed and should hold', OOPS, 'VIOLATED'],
  ['it failed and should hold, and the harness failed too', { ...OOPS, harnessErrors: 1 }, 'VIOLATED'],
  ['the harness failed', { harnessErrors: 1 }, 'HARNESS_ERROR'],
  ['nothing ran', { trials: 0 }, 'HARNESS_ERROR'],
  ['it fails to the end', { ...OOPS, expected: 'oops', provedAtMs: 950 }, 'REPRODUCED'],
  [
    'it has stopped failing',
    { ...OOPS, expected: 'oops', provedAtMs: 800, trialsSinceProof: 800_001 },
    'NOT_REPRODUCED',
  ],
  [
    'it fails too seldom to say',
    { ...OOPS, expected: 'oops', provedAtMs: 800, trialsSinceProof: 799_999 },
    'REPRODUCED',
  ],
  [
    'it fails as it should, and once as nobody has declared',
    { failures: 6, outcomes: [...OOPS.outcomes, LIVELOCK], expected: 'oops' },
    'VIOLATED',
  ],
  ['it never failed', { expected: 'oops' }, 'NOT_REPRODUCED'],
];

for (const [what, changes, verdict] of VERDICTS) {
  test(`${what}: ${verdict}`, (t) => {
    t.is(rowVerdict({ ...ROW, ...changes }).verdict, verdict as never);
  });
}

test('what held is bounded with both confidences', (t) => {
  const { high95, bound999 } = rowVerdict(ROW);
  t.is(high95, zeroFailureBound(1_000_000));
  t.is(bound999, zeroFailureBound(1_000_000, 0.999));
  t.is(rowVerdict({ ...ROW, ...OOPS }).bound999, null);
});

test('the worst row decides the exit code', (t) => {
  const held = rowVerdict(ROW);
  t.is(exitCodeOfRows([held]), 0);
  t.is(exitCodeOfRows([held, rowVerdict({ ...ROW, expected: 'oops' })]), 3);
  t.is(exitCodeOfRows([held, rowVerdict({ ...ROW, ...OOPS }), rowVerdict({ ...ROW, expected: 'oops' })]), 1);
});
