/**
 * Goal: a run ends behind the trial in which the host wants the end, however long its rounds are, and no CPU waits for one that has
 * ended. Method: rounds of 100 trials, the tenth of which stores what the host would; CPUs that outnumber cores, and wait for each other.
 */
import test, { type ExecutionContext } from 'ava';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import type { Sync } from '../../../lib/harness/plan.js';
import { STOPS_IN } from '../../fixtures/stopping.js';
import { planOf } from '../../stress/plan.js';
import { runRace } from '../keptThreads.js';

const loaded = await loadRace(new URL('../../fixtures/stopping.js', import.meta.url).href);
const ROUND = 100;

/** Runs some times, since the others may be slow or fast where CPU 0 ends; returns the trials of each run, none of which has failed. */
async function trialsOf(t: ExecutionContext, variant: string, sync: Sync, cpus: number): Promise<number[]> {
  const plan = { ...planOf(loaded, { variant, cpus, sync, trials: 10 * ROUND }), round: ROUND };
  const found = [];
  for (let again = 0; again < 20; again++) {
    const { trials, harnessError, outcomes } = await runRace(loaded.race, plan);
    t.deepEqual([harnessError, outcomes], [null, []]);
    found.push(trials);
  }
  return found;
}

for (const cpus of [2, 5]) {
  for (const variant of ['alone', 'together'])
    test.serial(`${cpus} CPUs, ${variant}: the round ends behind the trial`, async (t) => {
      for (const trials of await trialsOf(t, variant, 'rendezvous', cpus)) t.is(trials, STOPS_IN);
    });

  test.serial(`${cpus} CPUs without meetings: no pass is begun behind it`, async (t) => {
    for (const trials of await trialsOf(t, 'alone', 'free', cpus)) t.true(trials <= STOPS_IN, `${trials} trials`);
  });

  test.serial(`${cpus} CPUs in stride: all end the round, as others wait for them`, async (t) => {
    for (const trials of await trialsOf(t, 'together', 'stride', cpus)) t.is(trials, ROUND);
  });
}
