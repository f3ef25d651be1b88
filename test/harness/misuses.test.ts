/**
 * Goal: what no CPU can do is an outcome of the trial under a name of the machine's own, counted in every trial in which it
 * happens, and its report says what, in which function at which step, and in which line of the race.
 * Method: a race that does each in every trial, on real threads.
 */
import test from 'ava';
import { judge } from '../../lib/evidence/verdict.js';
import { loadRace } from '../../lib/harness/loadRace.js';
import { runRace } from '../../lib/harness/run.js';
import { planOf } from '../stress/plan.js';

const loaded = await loadRace(new URL('../fixtures/misuses.js', import.meta.url).href);
const TRIALS = 100;
const HOLDS = { fails: null, alsoFails: [], minority: null };

const ROWS: readonly (readonly [variant: string, signature: string, report: RegExp])[] = [
  [
    'misspelt-field',
    'bad-address',
    /^WRITE_ONCE of word NaN of an instance of 1 word\n {2}CPU 0 \(one\) was in strays, at step A1\n\nJavaScript stack of CPU 0:\n {2}at .*test\/fixtures\/misuses\.ts:\d+:\d+\)?$/m,
  ],
  [
    'forgotten-instance',
    'bad-address',
    /^WRITE_ONCE of word 0 of the machine, which is not the race's: was instance \+ 0 meant\?\n {2}CPU 0 \(one\) was in first, before its first step$/m,
  ],
  ['far-outside', 'bad-address', /^READ_ONCE of word 5012 of an instance of 1 word/m],
  ['misspelt-lock', 'bad-address', /^lock of word NaN of an instance of 1 word$/m],
  [
    'in-a-handler',
    'bad-address',
    /^WRITE_ONCE of word NaN of an instance of 1 word\n {2}CPU 1 \(two\) was in smp_call_function_interrupt/m,
  ],
];

for (const [variant, signature, report] of ROWS) {
  test.serial(`${variant} is ${signature}`, async (t) => {
    const plan = planOf(loaded, { variant, trials: TRIALS });
    const outcome = await runRace(loaded.race, plan, { noProgressMs: 60_000 });
    t.is(outcome.harnessError, null);
    t.deepEqual(
      outcome.outcomes.map((o) => [o.signature, o.count, o.declared]),
      [[signature, TRIALS, false]],
    );
    t.is(judge(HOLDS, outcome, { known: null, claim: null }), 'VIOLATED');
    t.regex(outcome.reports[signature].join('\n'), report);
  });
}
