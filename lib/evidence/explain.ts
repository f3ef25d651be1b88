/**
 * Explains a failed trial: finds an interleaving of its accesses that agrees with every recorded value, and the script
 * that replays it. Called by replays and by the reports that show a timeline.
 */

import { hasOwnMemory, type Evidence } from './evidence.js';
import { reconstruct } from './interleaving/reconstruct.js';
import type { Interleaving, SearchBounds } from './interleaving/trace.js';
import { notRecorded, traceOf, whyNotReconstructible, type RecordedTrace } from './recordedTrace.js';
import { scriptOf, type ScriptTurn } from './script.js';

/** A failed trial with an interleaving of its accesses that explains every value. */
export interface Explained {
  readonly trace: RecordedTrace;
  readonly interleaving: Extract<Interleaving, { found: true }>;
  /** The turns that replay this interleaving. */
  readonly script: readonly ScriptTurn[];
}

/** Why there is no such interleaving, in words. */
export interface Unexplained {
  readonly reason: string;
}

/** Searches for an interleaving that explains a failed trial. */
export function explain(evidence: Evidence, bounds?: SearchBounds): Explained | Unexplained {
  const reason = whyNotReconstructible(evidence);
  if (reason !== undefined) return { reason };
  let bound = false;
  for (const place of ['after interrupts', 'before interrupts'] as const) {
    const trace = traceOf(evidence, place);
    const interleaving = reconstruct(trace, bounds);
    if (interleaving.found) return { trace, interleaving, script: scriptOf(trace, interleaving.order) };
    bound ||= interleaving.reason === 'bound';
  }
  if (bound) return { reason: 'no interleaving was found within the bounds of the search' };
  return {
    reason:
      whatIsMissing(evidence) ??
      'no interleaving explains the values: an access was not recorded. Either the race reads or stores shared words without the ' +
        "machine's instructions, or the recorder has a fault",
  };
}

/** Says which words the trial changed without a record; undefined if none is known. */
export function whatIsMissing(evidence: Evidence): string | undefined {
  const { unrecorded, names } = evidence;
  if (hasOwnMemory(evidence))
    return evidence.instrumented === true
      ? 'of plain accesses, those of single elements of arrays of integers are recorded: others, as by copyWithin() or of floating-point numbers, are not seen'
      : 'only operations of Atomics are recorded: what the code reads and writes without them is not seen (--instrument)';
  if (unrecorded.length === 0) return undefined;
  const nameOf = new Map(names);
  const words = unrecorded.map((address) => nameOf.get(address) ?? `word ${address}`);
  return notRecorded(`${words.join(', ')} changed`);
}

export function isExplained(answer: Explained | Unexplained): answer is Explained {
  return 'interleaving' in answer;
}
