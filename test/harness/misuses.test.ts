/**
 * Goal: what no CPU can do is an outcome of the trial under a name of the machine's own, counted in every trial in which it
 * happens, and its report says what, in which function at which step, and in which line of the race.
 * Method: a race that does each in every trial, on real threads.
 */
import test from 'ava';
import { judge } from '../../lib/statistics/verdict.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { MISUSES } from '../fixtures/misuses.js';
import { planOf } from '../stress/plan.js';
import { runRace } from './keptThreads.js';

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
  ['far-outside', 'bad-address', /^READ_ONCE of word 40012 of an instance of 1 word/m],
  ['misspelt-lock', 'bad-address', /^lock of word NaN of an instance of 1 word$/m],
  [
    'in-a-handler',
    'bad-address',
    /^WRITE_ONCE of word NaN of an instance of 1 word\n {2}CPU 1 \(two\) was in smp_call_function_interrupt/m,
  ],
  ['of-a-per-cpu-variable', 'bad-address', /^this_cpu_write of word 2 of misuses_own, which has 2 words$/m],
  ['of-no-cpu', 'bad-address', /^per_cpu_ptr of misuses_own of CPU 64: the machine has CPUs 0 to 1$/m],
  ['half-a-word', 'actor-threw', /RangeError: WRITE_ONCE: 1\.5 is no 32-bit word/],
  ['no-such-step', 'actor-threw', /RangeError: step\(99999\): the race has steps 1 to 1, A1 to A1$/m],
  ['no-such-window', 'actor-threw', /RangeError: raceWindow\(77\): the race has windows 0 to 0: W_HERE$/m],
  ['no-such-window-to-end', 'actor-threw', /RangeError: endWindow\(1\): the race has windows 0 to 0/],
  ['no-such-signature', 'actor-threw', /RangeError: "unknwon" is no signature of the race; it can fail as known, /],
  ['no-such-handler', 'actor-threw', /Error: interrupt handler undeclared is not declared by the race/],
  ['no-such-cpu', 'ipi-no-cpu', /^smp_call_function_single to CPU 99: the machine has CPUs 0 to 1$/m],
  ['no-argument', 'actor-threw', /RangeError: the argument of smp_call_function_many: NaN is no 32-bit word/],
  ['no-number', 'actor-threw', /RangeError: spin\(NaN\): a number of iterations is needed/],
  ['flags-of-nothing', 'actor-threw', /RangeError: local_irq_restore: flags undefined were not returned by/],
  [
    'left-off',
    'unbalanced',
    /^an actor ended with 1 lock held, interrupts off, preempt_count 2 where it was 0, no leave\(\) of strays$/m,
  ],
  ['inside-a-function', 'unbalanced', /^an actor ended with no leave\(\) of strays$/m],
  ['left-too-often', 'unbalanced', /^leave\(\) without an enter\(\) before it$/m],
  ['enabled-too-often', 'unbalanced', /^preempt_enable\(\) without a preempt_disable\(\) before it$/m],
  ['migration-left-off', 'unbalanced', /^an actor ended with migration disabled$/m],
  [
    'handler-left-off',
    'unbalanced',
    /^handler unbalancedHandler ended with interrupts off, preempt_count 1 where it was 0$/m,
  ],
  ['handler-left-too-often', 'unbalanced', /^handler leavingHandler ended with one leave\(\) too many$/m],
  ['released-twice', 'unlock-not-owner', /^I19: unlock of a lock that this CPU does not hold$/m],
];

/** Found when the race's code has returned: there is no line to show. */
const AFTER_ITS_END = new Set([
  'left-off',
  'migration-left-off',
  'inside-a-function',
  'handler-left-off',
  'handler-left-too-often',
]);

test('each misuse has its row', (t) => {
  t.deepEqual(
    ROWS.map(([variant]) => variant),
    Object.keys(MISUSES),
  );
});

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
    const { workerStack } = outcome.facts[signature];
    t.false(workerStack.some((frame) => frame.includes('lib/harness/')));
    if (!AFTER_ITS_END.has(variant)) t.true(workerStack.some((frame) => frame.includes('test/fixtures/misuses.ts')));
  });
}
