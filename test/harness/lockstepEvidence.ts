/** Evidence of a run in lockstep, as a run at full speed would have kept it. */
import { requireActors } from '../../lib/race/kinds.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { EvidenceMaker } from '../../lib/harness/host/evidenceOf.js';
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import type { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import { FAILURE, FAILURE_DETAIL_WORDS, MACHINE, MESSAGE_WORDS } from '../../lib/machine/layout.js';
import { readText } from '../../lib/machine/text.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import type { Knobs } from '../../lib/race/expectation.js';
import { Ring } from '../../lib/sharedarraybuffer-utils/index.js';
import { planOf } from '../stress/plan.js';

/** The run has come to its end, by a failure. */
export function lockstepEvidence(
  run: LockstepRun,
  loaded: LoadedRace,
  { variant, knobs = {}, cpus }: { readonly variant: string; readonly knobs?: Knobs; readonly cpus: number },
): Evidence {
  const { mem, map } = run.machine;
  const outcome = mem[map.machine + MACHINE.outcome];
  const failure = map.machine + MACHINE.failure;
  const rings = Array.from({ length: cpus }, (_, cpu) => {
    const ring = new Ring(mem, map.rings + cpu * map.ringStride, map.shape.ringEntries);
    const words = Array.from({ length: ring.kept }, (__, i) => [...mem.subarray(ring.at(i), ring.at(i) + 4)]).flat();
    return { words: Int32Array.from(words), written: ring.written };
  });
  const plan = { ...planOf(loaded, { variant, knobs, cpus, trials: 1 }), round: 1 };
  const race = requireActors(loaded.race);
  const maker = new EvidenceMaker(race, race.configure(variant, plan.knobs), plan);
  return maker.make(run.machine, {
    outcome,
    signature: outcomeSignature(outcome),
    cpu: mem[failure + FAILURE.cpu],
    trial: mem[failure + FAILURE.trial],
    instance: mem[failure + FAILURE.instance],
    detail: Array.from({ length: FAILURE_DETAIL_WORDS }, (_, i) => mem[failure + FAILURE.detail + i]),
    message: readText(mem, failure + FAILURE.message, MESSAGE_WORDS),
    rings,
    final: mem.slice(instanceAt(map, 0), instanceAt(map, 0) + map.instanceStride),
  });
}
