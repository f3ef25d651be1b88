// Goal: a verdict follows from counts alone, and no run that says nothing passes. Method: tables of counts, then properties
// over arbitrary ones.

import test from 'ava';
import fc from 'fast-check';
import { countedRate, floorRate, powerOf } from '../../lib/statistics/power.js';
import {
  exitCodeOf,
  isMinority,
  judge,
  unexpectedOutcomes,
  verdictWords,
  worstExitCode,
  type Counted,
  type Expected,
  type Ground,
} from '../../lib/statistics/verdict.js';

const HOLDS: Expected = { fails: null, alsoFails: [], minority: null };
const OOPS: Expected = { ...HOLDS, fails: 'oops' };
const OOPS_OR_HANG: Expected = { ...OOPS, alsoFails: ['deadlock'] };
/** Decides after 66 trials. */
const AGAINST: Ground = { known: floorRate(0.1), claim: null };

function counted(counts: Readonly<Record<string, number>>, trials = 100, harnessError: string | null = null): Counted {
  return { trials, harnessError, outcomes: Object.entries(counts).map(([signature, count]) => ({ signature, count })) };
}

test('the verdict on a variant that is expected to fail', (t) => {
  t.is(judge(OOPS, counted({ oops: 1 }), AGAINST), 'REPRODUCED');
  t.is(judge(OOPS, counted({}), AGAINST), 'NOT_REPRODUCED');
  t.is(judge(OOPS, counted({ oops: 0 }), AGAINST), 'NOT_REPRODUCED');
  t.is(judge(OOPS, counted({ oops: 1, unexpected: 1 }), AGAINST), 'VIOLATED');
});

test('what may come beside it is named: any other signature is a violation, also one that the race declares', (t) => {
  t.is(judge(OOPS_OR_HANG, counted({ oops: 1, deadlock: 1 }), AGAINST), 'REPRODUCED');
  t.is(judge(OOPS_OR_HANG, counted({ deadlock: 1 }), AGAINST), 'NOT_REPRODUCED');
  t.is(judge(OOPS, counted({ oops: 1, deadlock: 1 }), AGAINST), 'VIOLATED');
  t.is(judge(OOPS, counted({ deadlock: 1 }), AGAINST), 'VIOLATED');
  t.deepEqual(
    unexpectedOutcomes(OOPS, counted({ oops: 1, deadlock: 1, lost: 0 })).map(({ signature }) => signature),
    ['deadlock'],
  );
});

test('fewer than half of the failures are of the expected kind: a violation, unless the expectation says why', (t) => {
  const few = counted({ oops: 55, deadlock: 4296 }, 10_000);
  t.is(judge(OOPS_OR_HANG, few, AGAINST), 'VIOLATED');
  t.is(judge({ ...OOPS_OR_HANG, minority: 'the other CPU comes first' }, few, AGAINST), 'REPRODUCED');
});

test('that few of few are fewer than half may be chance', (t) => {
  // Of 10 fair coins none is heads once in 1,024 times, one or none in 93 times.
  t.false(isMinority(OOPS_OR_HANG, counted({ oops: 1, deadlock: 9 })));
  t.true(isMinority(OOPS_OR_HANG, counted({ oops: 1, deadlock: 20 })));
  t.false(isMinority(OOPS_OR_HANG, counted({ oops: 5000, deadlock: 5000 })));
});

test('the verdict on a variant that is expected to hold', (t) => {
  t.is(judge(HOLDS, counted({}), AGAINST), 'HELD');
  t.is(judge(HOLDS, counted({ oops: 1 }), AGAINST), 'VIOLATED');
  t.is(judge(HOLDS, counted({ unexpected: 1 }), AGAINST), 'VIOLATED');
});

test('too few trials for what is known decide nothing, of either kind', (t) => {
  t.is(judge(HOLDS, counted({}, 65), AGAINST), 'INCONCLUSIVE');
  t.is(judge(HOLDS, counted({}, 66), AGAINST), 'HELD');
  t.is(judge(OOPS, counted({}, 65), AGAINST), 'INCONCLUSIVE');
  t.is(judge(OOPS, counted({}, 5), { known: floorRate(), claim: null }), 'INCONCLUSIVE');
});

test('34 trials beside a twin that fails in 4.4 % of its own are no pass', (t) => {
  const known = countedRate('twin', 'buggy', { failures: 49, trials: 1111, blocks: [] });
  const { trialsNeeded } = powerOf(known, 34);
  t.is(judge(HOLDS, counted({}, 34), { known, claim: null }), 'INCONCLUSIVE');
  t.true(trialsNeeded !== null && trialsNeeded > 34 && trialsNeeded <= 1000);
  t.is(judge(HOLDS, counted({}, trialsNeeded ?? 0), { known, claim: null }), 'HELD');
});

test('where nothing is known to fail, or its twin did not, no number of trials is enough', (t) => {
  const silent = countedRate('twin', 'buggy', { failures: 0, trials: 1e6, blocks: [] });
  for (const known of [null, silent]) t.is(judge(HOLDS, counted({}, 1e12), { known, claim: null }), 'INCONCLUSIVE');
});

test('a claim decides alone', (t) => {
  const known = countedRate('twin', 'buggy', { failures: 0, trials: 1e6, blocks: [] });
  t.is(judge(HOLDS, counted({}), { known, claim: 'HOLDS' }), 'HELD');
  t.is(judge(HOLDS, counted({}, 1e9), { ...AGAINST, claim: 'OPEN' }), 'INCONCLUSIVE');
  t.is(judge(HOLDS, counted({ oops: 1 }), { known, claim: 'HOLDS' }), 'VIOLATED');
});

test('no trial, or a harness that failed, is a harness error whatever was counted', (t) => {
  const counts = fc.dictionary(fc.constantFrom('oops', 'deadlock', 'unexpected'), fc.nat());
  const expected = fc.constantFrom(OOPS, OOPS_OR_HANG, HOLDS);
  t.notThrows(() =>
    fc.assert(
      fc.property(counts, expected, fc.nat(), (seen, wanted, trials) => {
        return (
          judge(wanted, counted(seen, 0), AGAINST) === 'HARNESS_ERROR' &&
          judge(wanted, counted(seen, trials, 'broken'), AGAINST) === 'HARNESS_ERROR'
        );
      }),
    ),
  );
});

test('exit codes, and the worst of several', (t) => {
  const verdicts = ['REPRODUCED', 'HELD', 'VIOLATED', 'NOT_REPRODUCED', 'INCONCLUSIVE', 'HARNESS_ERROR'] as const;
  t.deepEqual(verdicts.map(exitCodeOf), [0, 0, 1, 3, 4, 70]);
  t.is(worstExitCode([0, 0]), 0);
  t.is(worstExitCode([0, 4]), 4);
  t.is(worstExitCode([4, 3]), 3);
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
  const alsoHangs = { ...OOPS, alsoFails: ['livelock'] };
  t.is(judge(alsoHangs, { trials: 10, outcomes, harnessError: null }, AGAINST), 'VIOLATED');
  t.is(judge(OOPS, { trials: 10, outcomes: outcomes.slice(0, 1), harnessError: null }, AGAINST), 'REPRODUCED');
});
