/**
 * Goal: counts that a race has stored over are no result.
 * Method: made-up counts that contradict each other, and a race that stores over its machine's counters on real threads.
 */
import test from 'ava';
import { contradiction } from '../../../lib/harness/host/countsCheck.js';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import { runRace } from '../../../lib/harness/host/run.js';
import { planOf } from '../../stress/plan.js';

const COUNTS = { trials: 640, rounds: 10, nearMisses: 5, failures: 3, signatures: [1, 2], firstFailureMs: 7 };

test('counts that agree are believed', (t) => {
  t.is(contradiction(COUNTS, 640, 64, 0), null);
  t.is(contradiction({ ...COUNTS, trials: 0, rounds: 1, nearMisses: 0, failures: 1, signatures: [1] }, 1, 64, 0), null);
});

for (const [what, over, words] of [
  ['more trials than were asked for', { trials: 641, rounds: 11 }, '641 trials, where 640 were asked for'],
  ['more trials than the rounds have', { rounds: 9 }, '640 trials in 9 rounds of at most 64'],
  ['failures without a signature', { failures: 4 }, '4 failures, and 3 by signature'],
  ['more failures than trials', { failures: 700, signatures: [700] }, '700 failures in 640 trials'],
  ['more near misses than trials', { nearMisses: 641 }, '641 near misses in 640 trials'],
] as const) {
  test(`no result: ${what}`, (t) => {
    t.is(contradiction({ ...COUNTS, ...over }, 640, 64, 0), words);
  });
}

test('a race that stores over the counters has not held', async (t) => {
  const loaded = await loadRace(new URL('../../fixtures/misuses.js', import.meta.url).href);
  const plan = planOf(loaded, { variant: 'stores-over-counters', trials: 640 });
  const outcome = await runRace(loaded.race, plan, { noProgressMs: 60_000 });
  t.regex(
    outcome.harnessError ?? '',
    /^race misuses: the counts of machine 0 were stored over: \d+ trials, where 640 were asked for; a/,
  );
});
