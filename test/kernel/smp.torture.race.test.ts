/**
 * Goal: calls between CPUs are neither lost nor doubled, and order memory, with fewer and with more CPUs than cores.
 * Method: test/fixtures/scf.ts on real threads: random calls, one receiver or many, waiting or not; a failure is a verdict.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/loadRace.js';
import { runRace } from '../../lib/harness/run.js';
import { SCF_CALLS } from '../fixtures/scf.js';
import { planOf } from '../stress/plan.js';

const URL_OF_SCF = new URL('../fixtures/scf.js', import.meta.url).href;

/** Calls in all, by number of CPUs: fewer where they must take turns on the cores. */
const CALLS = new Map([
  [2, 100_000],
  [3, 60_000],
  [8, 30_000],
]);

for (const [cpus, calls] of CALLS) {
  test.serial(`${cpus} CPUs: ${calls} calls`, async (t) => {
    const loaded = await loadRace(URL_OF_SCF);
    const trials = Math.ceil(calls / (cpus * (SCF_CALLS + 1)));
    const outcome = await runRace(loaded.race, planOf(loaded, { variant: 'calls', trials, cpus }), {
      noProgressMs: 30_000,
    });
    t.is(outcome.harnessError, null);
    t.deepEqual(outcome.outcomes, [], Object.values(outcome.reports).flat().join('\n'));
    t.is(outcome.trials, trials);
  });
}
