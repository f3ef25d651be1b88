/**
 * Goal: a run ends behind the trial in which the host wants the end, however long its rounds are, and no CPU waits for one that has
 * ended. Method: rounds of 500 trials, the tenth of which stores what the host would; CPUs that outnumber cores, too.
 */
import test from 'ava';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import { STOPS_IN } from '../../fixtures/stopping.js';
import { planOf } from '../../stress/plan.js';
import { runRace } from '../keptThreads.js';

const loaded = await loadRace(new URL('../../fixtures/stopping.js', import.meta.url).href);
const ROUND = 500;

for (const sync of ['rendezvous', 'stride', 'free'] as const)
  for (const cpus of [2, 5])
    test.serial(`${cpus} CPUs, ${sync}: the round ends where the host wants it`, async (t) => {
      // Where nothing holds CPUs together the others may be slow: they are asked again.
      for (let again = 0; again < 20; again++) {
        const plan = { ...planOf(loaded, { variant: 'holds', cpus, sync, trials: 10 * ROUND }), round: ROUND };
        const { trials, harnessError, outcomes } = await runRace(loaded.race, plan);
        t.deepEqual([harnessError, outcomes], [null, []]);
        if (sync === 'rendezvous') t.is(trials, STOPS_IN);
        else t.true(trials <= STOPS_IN, `${trials} trials`);
      }
    });
