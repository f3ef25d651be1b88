import type { Evidence } from '../evidence/evidence.js';
import type { Difference } from '../evidence/replayedRecords.js';
import type { Timeline, TimelineRow } from '../evidence/timeline.js';

/** What is known of a replay. */
export interface ReplayFacts {
  /** Accesses of the order, each wait as one: the turns of a whole replay; 0 without an order. */
  readonly accesses: number;
  /** Whether it failed in the same way, each record as in the evidence. */
  readonly proved: boolean;
  /** Why no order explains the trial; undefined if one does. */
  readonly reason: string | undefined;
  readonly searchMs: number;
  readonly replay:
    | {
        readonly signature: string | null;
        readonly other: string | undefined;
        readonly otherDetails: string | undefined;
        readonly turns: number;
        readonly difference: Difference | undefined;
      }
    | undefined;
}

/** What `replay --json` prints. */
export interface ReplayDocument {
  readonly schema: 'racehammer.replay/1';
  readonly file: string;
  /** SHA-256 of the file's content, as its first line has it. */
  readonly sha256: string;
  /** What is not as it was when the evidence was made. */
  readonly notes: readonly string[];
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number;
  readonly seed: number;
  readonly trial: number;
  readonly signature: string;
  readonly message: string;
  readonly explained: boolean;
  /** Why not; null if it is. */
  readonly reason: string | null;
  readonly accesses: number;
  /** Switches between CPUs in the order, and whether no order has fewer; null without an order. */
  readonly switches: number | null;
  readonly minimal: boolean | null;
  readonly searchMs: number;
  readonly replayed: boolean;
  /** What the replay failed as; null if it did not fail, or was not made. */
  readonly replayedSignature: string | null;
  /** What of the failure was otherwise, or of its details alone; null if nothing was, or no replay was made. */
  readonly otherwise: string | null;
  readonly difference: Difference | null;
  readonly timeline: readonly TimelineRow[];
  readonly versions: Evidence['versions'];
}

export function replayDocument(
  file: { readonly path: string; readonly sha256: string; readonly notes: readonly string[] },
  evidence: Evidence,
  timeline: Timeline | undefined,
  facts: ReplayFacts,
): ReplayDocument {
  const { race, variant, knobs, seed, trial, signature, message, versions } = evidence;
  return {
    schema: 'racehammer.replay/1',
    file: file.path,
    sha256: file.sha256,
    notes: file.notes,
    race,
    variant,
    knobs,
    cpus: evidence.cpus.length,
    seed,
    trial,
    signature,
    message,
    explained: timeline !== undefined,
    reason: facts.reason ?? null,
    accesses: facts.accesses,
    switches: timeline?.switches ?? null,
    minimal: timeline?.minimal ?? null,
    searchMs: facts.searchMs,
    replayed: facts.proved,
    replayedSignature: facts.replay?.signature ?? null,
    otherwise: facts.replay?.other ?? facts.replay?.otherDetails ?? null,
    difference: facts.replay?.difference ?? null,
    timeline: timeline?.rows ?? [],
    versions,
  };
}
