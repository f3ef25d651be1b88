/**
 * Runs the shortest order of a failure on real threads, and keeps it as evidence. Called by lib/run/explore.ts.
 *
 * What the order draws must be what a trial of some seed draws, since that is what evidence says of it: so a trial is looked for that
 * draws the same.
 */

import type { Evidence } from '../../evidence/evidence.js';
import type { Exploration, Witness } from '../../explore/explore.js';
import { STEP, type ActorPlace } from '../../explore/trees/step.js';
import { TRANSITION } from '../../explore/states/transitions.js';
import { chanceOf } from '../../harness/draws.js';
import type { CpuThreads } from '../../harness/host/pool.js';
import { WorkerFailure } from '../../harness/host/pool.js';
import { numberOf, stateBehind } from '../../machine/chance.js';
import { isProved, prove } from '../../harness/replay/prove.js';
import { recordScript } from '../../harness/replay/recordScript.js';
import { keepEvidence } from './evidenceFiles.js';
import { scriptedSteps } from './scriptOfOrder.js';
import type { NamedRace } from '../namedRace.js';
import type { ExploreRequest } from '../exploreRequest.js';
import { lineToReplay } from '../replayCommand.js';
import type { WitnessFile } from '../../report/explore/document.js';

const SEED = 1;
/** Trials that are looked at for one that draws what an order draws. */
const TRIALS_MAX = 3_000_000;

/** Runs an order on real threads, and again from its evidence. Never rejects: what did not go is the reason. */
export async function keepWitness(
  folder: string,
  named: NamedRace,
  request: ExploreRequest,
  exploration: Exploration,
  witness: Witness,
  pool: CpuThreads,
): Promise<WitnessFile> {
  const failed = (reason: string): WitnessFile => ({
    file: null,
    sha256: null,
    command: null,
    replayed: false,
    reason,
  });
  try {
    const recorded = await recordWitness(named, request, exploration, witness, pool);
    return 'reason' in recorded ? failed(recorded.reason) : await keep(folder, named, recorded, pool);
  } catch (error) {
    if (error instanceof WorkerFailure) return failed(error.message.split('\n')[0]);
    throw error;
  }
}

/** Runs an order on real threads; returns what they record, or why they do not fail in it. Rejects with WorkerFailure. */
export async function recordWitness(
  named: NamedRace,
  { variant, knobs, cpus, memory }: Pick<ExploreRequest, 'variant' | 'knobs' | 'cpus' | 'memory'>,
  exploration: Exploration,
  witness: Witness,
  pool: CpuThreads,
): Promise<Evidence | { readonly reason: string }> {
  const steps = scriptedSteps(witness, exploration.model.boot);
  if (steps === null) return { reason: 'the order has no end, and what CPUs store in it has no place in any evidence' };
  const trial = trialFor(witness, exploration);
  if (trial === null) return { reason: `none of ${TRIALS_MAX} trials draws what the order draws` };
  const conditions = { loaded: named, variant, knobs, cpus, memory };
  const evidence = await recordScript({ ...conditions, seed: SEED, trial, steps, pool });
  if (evidence === null) return { reason: 'the threads have not failed in it' };
  if (evidence.signature !== witness.signature)
    return { reason: `the threads have failed as ${evidence.signature} in it` };
  return evidence;
}

async function keep(folder: string, named: NamedRace, evidence: Evidence, pool: CpuThreads): Promise<WitnessFile> {
  const proof = await prove(evidence, named, pool);
  const { path, sha256 } = keepEvidence(folder, evidence);
  const replayed = isProved(proof);
  const command = lineToReplay(path, evidence);
  return { file: path, sha256, command, replayed, reason: replayed ? null : (proof.reason ?? 'its replay differs') };
}

/** Returns the number of a trial in which each CPU draws what it draws in the order; null if there is none among many. */
function trialFor({ steps }: Witness, { model }: Exploration): number | null {
  const draws = steps.filter(({ place, does }) => does === TRANSITION.STEP && place.step === STEP.DRAW);
  // What a CPU draws stays with it, whatever task it runs.
  const drawsOf = model.actors.map((_, cpu) => draws.filter(({ place }) => place.cpu === cpu));
  const every = steps.find(({ place, does }) => does === TRANSITION.STEP && place.step === STEP.EVERY);
  for (let trial = 1; trial <= TRIALS_MAX; trial++) {
    if (every !== undefined && (trial % every.place.a === 0) !== (every.value === 1)) continue;
    if (drawsOf.every((own, cpu) => drawsSo(trial, cpu, own))) return trial;
  }
  return null;
}

/** Whether a CPU draws these numbers in a trial, one after another. */
function drawsSo(
  trial: number,
  cpu: number,
  draws: readonly { readonly place: ActorPlace; readonly value: number }[],
): boolean {
  let state = chanceOf(SEED, 0, cpu, trial);
  return draws.every(({ place: { a, b }, value }) => {
    state = stateBehind(state);
    const drawn = numberOf(state);
    return b === 0 ? drawn % a === value : (drawn % b === 0 ? 0 : 1) === value;
  });
}
