/**
 * Finds an interleaving that explains a failed trial, and replays it. Called on the host by lib/run/evidence/keptEvidence.ts and
 * lib/cli/replay/replay.ts.
 */

import type { Evidence } from '../../evidence/evidence.js';
import { explain, isExplained, whatIsMissing, type Explained } from '../../evidence/explain.js';
import type { LoadedRace } from '../host/loadRace.js';
import { WorkerFailure, type CpuThreads } from '../host/pool.js';
import { Replay, ReplayRefused, type ReplayOutcome } from './replay.js';

/** What a failed trial could be shown to be. */
export interface Proof {
  /** An interleaving that explains it; undefined if there is none. */
  readonly explained: Explained | undefined;
  /** Why there is none, or why it could not be run again, or what its replay lacks for the same failure, as far as that is known. */
  readonly reason: string | undefined;
  /** How its replay ended; undefined if there was none. */
  readonly replay: ReplayOutcome | undefined;
  /** Milliseconds that the search took. */
  readonly searchMs: number;
}

/** Whether the replay failed in the same way, each record as in the evidence. */
export function isProved({ replay }: Proof): boolean {
  return replay !== undefined && replay.same && replay.difference === undefined;
}

/** Explains a failed trial by an interleaving, and replays it in that. */
export async function prove(evidence: Evidence, loaded: LoadedRace, pool?: CpuThreads): Promise<Proof> {
  const startMs = performance.now();
  const answer = explain(evidence);
  const searchMs = performance.now() - startMs;
  if (!isExplained(answer)) return { explained: undefined, reason: answer.reason, replay: undefined, searchMs };
  const { trace, script } = answer;
  const base = { explained: answer, searchMs };
  try {
    const replay = await Replay.run({ loaded, evidence, trace, script, ...(pool === undefined ? {} : { pool }) });
    const proof = { ...base, reason: undefined, replay };
    return isProved(proof) ? proof : { ...proof, reason: whatIsMissing(evidence) };
  } catch (error) {
    if (!(error instanceof ReplayRefused || error instanceof WorkerFailure)) throw error;
    return { ...base, reason: error.message.split('\n')[0], replay: undefined };
  }
}
