/**
 * Finds an interleaving that explains a failed trial, and replays it. Called on the host by lib/run/evidence/keptEvidence.ts and
 * lib/cli/replay/replay.ts.
 */

import { RECORD_WORDS, type Evidence } from '../../evidence/evidence.js';
import { explain, isExplained, whatIsMissing, type Explained } from '../../evidence/explain.js';
import { rowGoneOnWith, withReads, type RepeatedRow } from '../../evidence/repeatedReads.js';
import type { LoadedRace } from '../host/loadRace.js';
import { WorkerFailure, type CpuThreads } from '../host/pool.js';
import { Replay, ReplayRefused, type ReplayOutcome } from './replay.js';

/** What a failed trial could be shown to be. */
export interface Proof {
  /** What was explained and replayed: the evidence that was given, or that with reads which its records leave out. */
  readonly evidence: Evidence;
  /** How many such reads there are. */
  readonly putBack: number;
  /** An interleaving that explains it; undefined if there is none. */
  readonly explained: Explained | undefined;
  /** Why there is none, or why it could not be run again, or what its replay lacks for the same failure, as far as that is known. */
  readonly reason: string | undefined;
  /** How its replay ended; undefined if there was none. */
  readonly replay: ReplayOutcome | undefined;
  /** Milliseconds that the search took. */
  readonly searchMs: number;
}

/** Rows of reads in a trial that are looked at for reads that are left out, and how many of those in one are tried. */
const ROWS_MAX = 8;
const READS = [64, 512, 4096];

/** Whether the replay failed in the same way, each record as in the evidence. */
export function isProved({ replay }: Proof): boolean {
  return replay !== undefined && replay.same && replay.difference === undefined;
}

/** Explains a failed trial by an interleaving, and replays it in that. */
export async function prove(evidence: Evidence, loaded: LoadedRace, pool?: CpuThreads): Promise<Proof> {
  const first = await proveOnce(evidence, loaded, pool);
  let proof = first;
  for (let rows = 0; rows < ROWS_MAX && !isProved(proof); rows++) {
    const row = goneOnWith(proof);
    const whole = row === undefined ? undefined : await proveWithReads(proof.evidence, row, loaded, pool);
    if (whole === undefined) return first;
    proof = whole;
  }
  if (!isProved(proof)) return first;
  return { ...proof, putBack: recordsOf(proof.evidence) - recordsOf(evidence) };
}

function recordsOf({ cpus }: Evidence): number {
  return cpus.reduce((sum, { records }) => sum + records.length / RECORD_WORDS, 0);
}

function goneOnWith({ evidence, replay }: Proof): RepeatedRow | undefined {
  return replay?.difference === undefined ? undefined : rowGoneOnWith(evidence, replay.difference);
}

/**
 * Replays with more reads in a row than the records have, until code has made all that it makes; then with as many as that are. Returns
 * undefined if it goes on for ever, or there is no such number.
 */
async function proveWithReads(
  evidence: Evidence,
  row: RepeatedRow,
  loaded: LoadedRace,
  pool: CpuThreads | undefined,
): Promise<Proof | undefined> {
  for (const count of READS) {
    const proof = await proveOnce(withReads(evidence, row, count), loaded, pool);
    if (isProved(proof)) return proof;
    const difference = proof.replay?.difference;
    const made = difference?.cpu === row.cpu ? difference.record - row.record : -1;
    if (made < 0 || made > count) return undefined;
    if (made < count) return await proveOnce(withReads(evidence, row, made), loaded, pool);
  }
  return undefined;
}

async function proveOnce(evidence: Evidence, loaded: LoadedRace, pool: CpuThreads | undefined): Promise<Proof> {
  const startMs = performance.now();
  const answer = explain(evidence);
  const searchMs = performance.now() - startMs;
  const base = { evidence, putBack: 0, searchMs };
  if (!isExplained(answer)) return { ...base, explained: undefined, reason: answer.reason, replay: undefined };
  const { trace, script } = answer;
  const explained = { ...base, explained: answer };
  try {
    const replay = await Replay.run({ loaded, evidence, trace, script, ...(pool === undefined ? {} : { pool }) });
    const proof = { ...explained, reason: undefined, replay };
    return isProved(proof) ? proof : { ...proof, reason: whatIsMissing(evidence) };
  } catch (error) {
    if (!(error instanceof ReplayRefused || error instanceof WorkerFailure)) throw error;
    return { ...explained, reason: error.message.split('\n')[0], replay: undefined };
  }
}
