/** Evidence of a run in lockstep, as a run at full speed would have kept it. */
import { requireActors } from '../../lib/race/kinds.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { EvidenceMaker } from '../../lib/harness/host/evidenceOf.js';
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import { evidenceOfTrial } from '../../lib/harness/replay/recordScript.js';
import type { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { Knobs } from '../../lib/race/expectation.js';
import { planOf } from '../stress/plan.js';

/** The run has come to its end, by a failure. */
export function lockstepEvidence(
  run: LockstepRun,
  loaded: LoadedRace,
  { variant, knobs = {}, cpus }: { readonly variant: string; readonly knobs?: Knobs; readonly cpus: number },
): Evidence {
  const plan = { ...planOf(loaded, { variant, knobs, cpus, trials: 1 }), round: 1 };
  const race = requireActors(loaded.race);
  const maker = new EvidenceMaker(race, race.configure(variant, plan.knobs), plan);
  return evidenceOfTrial(run.machine, maker);
}
