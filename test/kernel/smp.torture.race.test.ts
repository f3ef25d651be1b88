/**
 * Goal: calls between CPUs are neither lost nor doubled, and order memory, with fewer and with more CPUs than cores. No thread that
 * can go on is left asleep.
 * Method: test/fixtures/scf.ts on real threads: random calls, one receiver or many, waiting or not; a failure is an outcome. Only
 * bells end a sleep: one bell lost and the run makes no progress.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { SCF_CALLS, SCF_CPUS_MAX } from '../fixtures/scf.js';
import { planOf } from '../stress/plan.js';
import { runRace } from '../harness/keptThreads.js';

const URL_OF_SCF = new URL('../fixtures/scf.js', import.meta.url).href;

const FEW = Math.min(SCF_CPUS_MAX, availableParallelism() + 1);
/** Sleeps that nothing but a bell ends. */
const UNTIL_RUNG = { min: 50, max: 2000, parkMsMax: 3_600_000 };

/** In stride mode the CPUs call each other from different instances. A release that is forgotten stops each run of more CPUs than cores. */
const RUNS = [
  { cpus: 2, calls: 100_000, sync: 'rendezvous' },
  { cpus: FEW, calls: 50_000, sync: 'rendezvous' },
  { cpus: SCF_CPUS_MAX, calls: 48_000, sync: 'rendezvous' },
  { cpus: FEW, calls: 30_000, sync: 'stride' },
] as const;

for (const { cpus, calls, sync } of RUNS) {
  test.serial(`${cpus} CPUs, ${sync}: ${calls} calls, and no bell is lost`, async (t) => {
    const loaded = await loadRace(URL_OF_SCF);
    const trials = Math.ceil(calls / (cpus * (SCF_CALLS + 1)));
    const plan = { ...planOf(loaded, { variant: 'calls', trials, cpus, sync }), spin: UNTIL_RUNG };
    const outcome = await runRace(loaded.race, plan, { noProgressMs: 30_000 });
    t.is(outcome.harnessError, null);
    t.deepEqual(outcome.outcomes, [], Object.values(outcome.reports).flat().join('\n'));
    t.is(outcome.trials, trials);
  });
}
