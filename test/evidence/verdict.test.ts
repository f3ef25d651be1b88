// Goal: a verdict follows from counts alone, and no run that says nothing passes. Method: tables of counts, then properties
// over arbitrary ones.

import test from 'ava';
import fc from 'fast-check';
import { exitCodeOf, judge, verdictWords, worstExitCode, type Counted } from '../../lib/evidence/verdict.js';

function counted(signatures: readonly string[], trials = 100, harnessError: string | null = null): Counted {
  return { trials, harnessError, outcomes: signatures.map((signature) => ({ signature, count: 1 })) };
}

test('the verdict on a variant that is expected to fail', (t) => {
  t.is(judge('oops', counted(['oops'])), 'REPRODUCED');
  t.is(judge('oops', counted(['oops', 'deadlock'])), 'REPRODUCED');
  t.is(judge('oops', counted([])), 'NOT_REPRODUCED');
  t.is(judge('oops', counted(['deadlock'])), 'NOT_REPRODUCED');
  t.is(judge('oops', { ...counted([]), outcomes: [{ signature: 'oops', count: 0 }] }), 'NOT_REPRODUCED');
  t.is(judge('oops', counted(['oops', 'unexpected'])), 'VIOLATED');
});

test('the verdict on a variant that is expected to hold', (t) => {
  t.is(judge(null, counted([])), 'HELD');
  t.is(judge(null, counted(['oops'])), 'VIOLATED');
  t.is(judge(null, counted(['unexpected'])), 'VIOLATED');
});

test('no trial, or a harness that failed, is a harness error whatever was counted', (t) => {
  const signatures = fc.array(fc.constantFrom('oops', 'deadlock', 'unexpected'));
  const expected = fc.constantFrom('oops', null);
  t.notThrows(() =>
    fc.assert(
      fc.property(signatures, expected, fc.nat(), (seen, wanted, trials) => {
        return (
          judge(wanted, counted(seen, 0)) === 'HARNESS_ERROR' &&
          judge(wanted, counted(seen, trials, 'broken')) === 'HARNESS_ERROR'
        );
      }),
    ),
  );
});

test('exit codes, and the worst of several', (t) => {
  const codes = (['REPRODUCED', 'HELD', 'VIOLATED', 'NOT_REPRODUCED', 'HARNESS_ERROR'] as const).map(exitCodeOf);
  t.deepEqual(codes, [0, 0, 1, 3, 70]);
  t.is(worstExitCode([0, 0]), 0);
  t.is(worstExitCode([0, 3]), 3);
  t.is(worstExitCode([3, 1, 0]), 1);
  t.is(worstExitCode([1, 70]), 70);
  t.is(worstExitCode([70, 130]), 130);
  t.is(verdictWords('NOT_REPRODUCED'), 'NOT REPRODUCED');
});

test('a hang that the race does not declare is a violation, whatever was expected', (t) => {
  const outcomes = [
    { signature: 'oops', count: 5, declared: true },
    { signature: 'livelock', count: 1, declared: false },
  ];
  t.is(judge('oops', { trials: 10, outcomes, harnessError: null }), 'VIOLATED');
  t.is(judge('oops', { trials: 10, outcomes: outcomes.slice(0, 1), harnessError: null }), 'REPRODUCED');
});
