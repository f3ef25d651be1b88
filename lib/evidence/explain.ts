import type { Evidence } from './evidence.js';
import { reconstruct } from './interleaving/reconstruct.js';
import type { Interleaving, SearchBounds } from './interleaving/trace.js';
import { traceOf, whyNotReconstructible, type RecordedTrace } from './recordedTrace.js';
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
  return {
    reason: bound
      ? 'no order was found within the bounds of the search'
      : 'no order explains the values: the record lacks an access, which is a fault of the recorder and not of the race',
  };
}

export function isExplained(answer: Explained | Unexplained): answer is Explained {
  return 'interleaving' in answer;
}
