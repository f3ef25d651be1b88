/** The document of a replay. Called by `replay --json`; text.ts shows the same facts as text. */

import type { Evidence } from '../../evidence/evidence.js';
import type { Difference } from '../../evidence/replayedRecords.js';
import type { Timeline, TimelineRow } from '../../evidence/timeline.js';

/** The facts of a replay. */
export interface ReplayFacts {
  /** Accesses of the interleaving, each wait as one, which is the number of turns; 0 without an interleaving. */
  readonly accesses: number;
  /** Those of them that the records leave out, as reads of a loop. */
  readonly putBack: number;
  /** Whether it failed the same way, with each record as in the evidence. */
  readonly proved: boolean;
  /** Why no interleaving explains the trial; undefined if one does. */
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
  /** SHA-256 of the file's content, from its first line. */
  readonly sha256: string;
  /** What has changed since the evidence was made. */
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
  /** Why it is not explained; null if it is. */
  readonly reason: string | null;
  readonly accesses: number;
  /** Context switches of the interleaving, and whether none has fewer; null without an interleaving. */
  readonly switches: number | null;
  readonly minimal: boolean | null;
  readonly searchMs: number;
  readonly replayed: boolean;
  /** The signature of the replay's failure; null if it did not fail, or was not made. */
  readonly replayedSignature: string | null;
  /** How the failure or its details differed; null if they did not, or no replay was made. */
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
