/**
 * Goal: what the code of a race throws is an outcome of its trial, whatever it is, and the run goes on; a function without
 * whose work nothing can go on ends the run with one line that names it. What is asynchronous is an outcome, too, as nothing that
 * waits for it runs in a trial.
 * Method: a race that does each, run by the harness itself.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import type { Sync } from '../../lib/harness/plan.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import { GOOD_TRIALS } from '../fixtures/throwers.js';
import { planOf } from '../stress/plan.js';
import { runRace } from './keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/throwers.js', import.meta.url).href);
const TRIALS = 1200;

async function run(variant: string, sync: Sync = 'rendezvous'): Promise<RunOutcome> {
  return runRace(loaded.race, planOf(loaded, { variant, sync, trials: TRIALS }), { noProgressMs: 60_000 });
}

test.serial('whatever an actor throws is an outcome, and nothing of it is left to the next trial', async (t) => {
  const { harnessError, trials, outcomes, reports, facts } = await run('actor');
  t.is(harnessError, null);
  t.is(trials, TRIALS);
  t.deepEqual(
    outcomes.map(({ signature, count }) => [signature, count]),
    [['actor-threw', TRIALS / 2]],
  );
  const report = reports['actor-threw'].join('\n');
  t.regex(report, /^ACTOR THREW: actor first on CPU 0 \(one\) threw TypeError: größer\nthan it may be$/m);
  t.regex(report, /^ORPHANED LOCK: word, taken at - by CPU 0, which died$/m);
  t.regex(
    report,
    /^JavaScript stack of the exception:\n {2}at .*\(?test\/fixtures\/throwers\.ts:\d+:\d+\)?\n {2}at act /m,
  );
  t.false(facts['actor-threw'].workerStack.some((frame) => frame.includes('lib/harness/')));
});

test.serial('so is what a handler throws, in a round without meetings as well', async (t) => {
  for (const sync of ['rendezvous', 'stride'] as const) {
    const { harnessError, trials, failures, reports } = await run('handler', sync);
    t.is(harnessError, null);
    t.is(trials, TRIALS, sync);
    // Elsewhere a failure ends the round, and some CPUs have ended more trials by then.
    t.true(sync === 'rendezvous' ? failures === TRIALS : failures > 0, `${sync}: ${failures}`);
    t.regex(
      reports['actor-threw'].join('\n'),
      /^ACTOR THREW: an interrupt handler on CPU 1 \(two\), in smp_call_function_interrupt threw RangeError: in a handler$/m,
    );
  }
});

for (const [variant, words] of [
  [
    'promise',
    /^race throwers: actor first made a promise, at makesPromise \(.*throwers\.[jt]s:\d+:\d+\): nothing that waits for it runs/,
  ],
  ['returned-promise', /^race throwers: actor first made a promise, at Object.makesPromise /],
  [
    'generator',
    /^race throwers: actor first returned a promise or a generator: nothing that waits for it runs in a trial$/,
  ],
] as const)
  test.serial(`what is asynchronous is an outcome of its trial: ${variant}`, async (t) => {
    const { harnessError, trials, outcomes, reports } = await run(variant);
    t.is(harnessError, null);
    t.is(trials, TRIALS);
    t.deepEqual(
      outcomes.map(({ signature, count, declared }) => [signature, count, declared]),
      [['async-code', TRIALS - GOOD_TRIALS, false]],
    );
    t.true(
      reports['async-code'].some((line) => words.test(line)),
      reports['async-code'].join('\n'),
    );
  });

for (const [variant, words] of [
  ['reset', /^race throwers: reset\(\) threw Error: reset was asked to, at throwIn \(.*throwers\.[jt]s:\d+:\d+\)$/],
  [
    'recover',
    /^race throwers: recover\(\) threw Error: recover was asked to, at throwIn \(.*throwers\.[jt]s:\d+:\d+\)$/,
  ],
] as const) {
  test.serial(`it ends the run with one line: ${variant}`, async (t) => {
    const { harnessError, trials } = await run(variant);
    t.regex(harnessError ?? '', words);
    t.is(harnessError?.split('\n').length, 1);
    t.true(trials <= GOOD_TRIALS, `${trials} trials`);
  });
}

test.serial('what configure() throws begins no run', async (t) => {
  await t.throwsAsync(run('configure'), { instanceOf: RaceFault, message: /^race throwers: configure\(\) threw/ });
});
