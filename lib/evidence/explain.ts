import { isTimed } from '../machine/signatures.js';
import type { Evidence } from './evidence.js';
import { reconstruct } from './interleaving/reconstruct.js';
import type { Interleaving, SearchBounds } from './interleaving/trace.js';
import { notRecorded, traceOf, whyNotReconstructible, type RecordedTrace } from './recordedTrace.js';
import { scriptOf, type ScriptTurn } from './script.js';

/** A failed trial with an order of its accesses that explains every value. */
export interface Explained {
  readonly trace: RecordedTrace;
  readonly interleaving: Extract<Interleaving, { found: true }>;
  /** The turns of a replay in this order. */
  readonly script: readonly ScriptTurn[];
}

/** Why there is no such order, in words. */
export interface Unexplained {
  readonly reason: string;
}

/** Looks for an order that explains a failed trial. */
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
  if (bound) return { reason: 'no order was found within the bounds of the search' };
  return {
    reason:
      whatIsMissing(evidence) ??
      'no order explains the values: the record lacks an access. Either the race reads or stores shared words without the ' +
        "machine's instructions, or the recorder has a fault",
  };
}

/** What the trial has changed without a record, in words; undefined if nothing is known of it. */
export function whatIsMissing({ unrecorded, names }: Evidence): string | undefined {
  if (unrecorded.length === 0) return undefined;
  const nameOf = new Map(names);
  const words = unrecorded.map((address) => nameOf.get(address) ?? `word ${address}`);
  return notRecorded(`${words.join(', ')} changed`);
}

/** What is said of a replay that fails in the same way, where the verdict goes by time; empty for any other. */
export function timedNote(signature: string): string {
  return isTimed(signature) ? ', up to the verdict, which goes by processor time and is not measured again' : '';
}

export function isExplained(answer: Explained | Unexplained): answer is Explained {
  return 'interleaving' in answer;
}
