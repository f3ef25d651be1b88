/**
 * Goal: a litmus run counts every trial once, however long its last pass is, alone and on machines side by side, and grades what
 * it counts. Method: real threads; the accesses of `atomic` are ordered on every host, so nothing of it may be relaxed.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import { loadRace, raceUrl } from '../../../lib/harness/host/loadRace.js';
import type { RunOutcome } from '../../../lib/harness/host/run.js';
import { RELAXED, SWEEP_TRIALS } from '../../../lib/race/litmus.js';
import type { Plan } from '../../../lib/harness/plan.js';
import { planOf } from '../../stress/plan.js';
import { runRace } from '../keptThreads.js';

async function run(name: string, variant: string, trials: number, change: Partial<Plan> = {}): Promise<RunOutcome> {
  const loaded = await loadRace(raceUrl(name)!);
  return runRace(loaded.race, {
    ...planOf(loaded, { variant, trials, sync: 'stride' }),
    recording: false,
    lockdep: false,
    ...change,
  });
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

for (const [name, trials] of [
  ['store-buffer', 20 * SWEEP_TRIALS + 7],
  ['message-passing', 1],
  ['load-buffer', 513],
  ['iriw', SWEEP_TRIALS + 3],
] as const) {
  test.serial(`${name}, atomic: every one of ${trials} trials has an outcome, and none is relaxed`, async (t) => {
    const outcome = await run(name, 'atomic', trials);
    t.is(outcome.harnessError, null);
    t.is(outcome.trials, trials);
    t.is(sum(outcome.litmusCounts), trials);
    t.is(outcome.failures, 0);
  });
}

test.serial('machines side by side share the trials', async (t) => {
  const trials = 3 * SWEEP_TRIALS + 1;
  const { litmusCounts, trials: ran } = await run('store-buffer', 'plain', trials, { machines: 3 });
  t.deepEqual([sum(litmusCounts), ran], [trials, trials]);
});

test.serial('an interrupt ends a run with all that it has counted', async (t) => {
  const loaded = await loadRace(raceUrl('message-passing')!);
  const interrupt = new AbortController();
  const plan = planOf(loaded, { variant: 'atomic', trials: Infinity, sync: 'stride' });
  const outcome = await runRace(
    loaded.race,
    { ...plan, recording: false, lockdep: false },
    {
      signal: interrupt.signal,
      onProgress: ({ trials }) => {
        if (trials > 0) interrupt.abort();
      },
    },
  );
  t.like(outcome, { interrupted: true, harnessError: null, failures: 0 });
  t.true(outcome.trials > 0);
  t.is(sum(outcome.litmusCounts), outcome.trials);
});

test.serial('what is relaxed and expected or forbidden is counted as a failure', async (t) => {
  if (availableParallelism() < 2) {
    t.pass('one core shows nothing');
    return;
  }
  const { failures, litmusCounts, outcomes, firstFailureMs } = await run('store-buffer', 'plain', 1_000_000_000, {
    stopOnFirst: true,
  });
  t.true(failures > 0);
  t.is(failures, litmusCounts[0]);
  t.deepEqual(outcomes, [{ signature: RELAXED, count: failures, declared: true }]);
  t.true(firstFailureMs! > 0);
});

test.serial('a register that holds what it cannot is a harness error, and no outcome', async (t) => {
  const loaded = await loadRace(raceUrl('store-buffer')!);
  const url = new URL('../../fixtures/wrongRegister.js', import.meta.url).href;
  const plan = { ...planOf({ ...loaded, url }, { variant: 'plain', trials: 100, sync: 'stride' }), lockdep: false };
  const { harnessError } = await runRace(loaded.race, plan);
  t.regex(harnessError!, /registers hold 0 or 1, not 0:r0=2/);
});
