/**
 * Goal: calls between CPUs are neither lost nor doubled, and order memory, with fewer and with more CPUs than cores.
 * Method: test/fixtures/scf.ts on real threads: random calls, one receiver or many, waiting or not; a failure is an outcome.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { SCF_CALLS } from '../fixtures/scf.js';
import { planOf } from '../stress/plan.js';
import { runRace } from '../harness/keptThreads.js';

const URL_OF_SCF = new URL('../fixtures/scf.js', import.meta.url).href;

/** Fewer calls where the CPUs must take turns on the cores. In stride mode they call each other from different instances. */
const RUNS = [
  { cpus: 2, calls: 100_000, sync: 'rendezvous' },
  { cpus: 3, calls: 50_000, sync: 'rendezvous' },
  { cpus: 8, calls: 20_000, sync: 'rendezvous' },
  { cpus: 3, calls: 30_000, sync: 'stride' },
] as const;

for (const { cpus, calls, sync } of RUNS) {
  test.serial(`${cpus} CPUs, ${sync}: ${calls} calls`, async (t) => {
    const loaded = await loadRace(URL_OF_SCF);
    const trials = Math.ceil(calls / (cpus * (SCF_CALLS + 1)));
    const plan = planOf(loaded, { variant: 'calls', trials, cpus, sync });
    const outcome = await runRace(loaded.race, plan, { noProgressMs: 30_000 });
    t.is(outcome.harnessError, null);
    t.deepEqual(outcome.outcomes, [], Object.values(outcome.reports).flat().join('\n'));
    t.is(outcome.trials, trials);
  });
}
