/** Runs one variant for a figure, exactly as `run` would. Called by the parts of the bench. */

import type { LoadedRace } from '../harness/host/loadRace.js';
import { makePlan, type PlanRequest } from '../harness/makePlan.js';
import { runRace, type RunOutcome } from '../harness/host/run.js';

/** What is measured. Fields that are left out have the defaults of `run`. */
export interface BenchRequest
  extends
    LoadedRace,
    Pick<PlanRequest, 'variant' | 'knobs' | 'cpus' | 'sync' | 'memory' | 'lockdep' | 'countsCollections'> {}

/** Runs for a time or for a number of trials. Throws Error if the harness fails: then there is no figure. */
export async function benchRun(
  measured: BenchRequest,
  until: { trials: number } | { ms: number },
): Promise<RunOutcome> {
  const { race, url, ...request } = measured;
  const plan = makePlan({ race, url }, { ...request, ...('trials' in until ? until : {}) });
  const outcome = await runRace(race, plan, 'ms' in until ? { durationMs: until.ms } : {});
  if (outcome.harnessError !== null)
    throw new Error(`${race.name}:${plan.variant} did not run: ${outcome.harnessError}`);
  return outcome;
}
