/**
 * Goal: asynchronous actors are awaited: what stands behind an await is a part of the trial, a promise of waitAsync that nobody settles is a
 * lost wake-up, and what is left to do later fails the trial. Sleepers that a timer or a promise wakes are never said to be lost.
 * Method: each form until some trials have failed, explained and replayed; each that holds for some hundred trials.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { AWAITED } from '../fixtures/awaitedMemory.js';
import { planOf } from '../stress/plan.js';
import { failsProved, signaturesOf } from '../harness/hammered.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/awaitedMemory.js', import.meta.url).href);
/** Some forms pass a millisecond in each. */
const TRIALS = 60;

for (const [variant, { fails }] of Object.entries(AWAITED))
  test.serial(`${variant}: ${fails ?? 'no trial fails'}`, async (t) => {
    t.timeout(120_000);
    if (fails !== null) {
      await failsProved(t, loaded, { variant }, { signature: fails, wanted: 1 });
      return;
    }
    const outcome = await runRace(loaded.race, planOf(loaded, { variant, trials: TRIALS }), { noProgressMs: 60_000 });
    t.is(outcome.harnessError, null);
    t.is(outcome.trials, TRIALS);
    t.deepEqual(signaturesOf(outcome), []);
  });
