/** What `litmus --json` prints: the tests of litmus files, explored and hammered. Filled by lib/litmus/document.ts. */

import type { Counts } from '../../statistics/counts.js';

export interface LitmusDocument {
  readonly schema: 'racehammer.litmus/1';
  readonly tests: readonly LitmusTestDocument[];
  readonly interrupted: boolean;
}

export interface LitmusTestDocument {
  readonly file: string;
  readonly test: string;
  readonly architecture: 'C' | 'X86';
  readonly kind: 'Allowed' | 'Forbidden' | 'Required';
  /** `exists (0:r0=0 /\ 1:r0=0)` */
  readonly condition: string;
  /** The result that a comment of the file states: `Never`; null without one. */
  readonly stated: string | null;
  /** Under each memory model that was asked for. */
  readonly explored: readonly ExploredDocument[];
  /** On a machine of each of these models; empty if it was not hammered. */
  readonly hammered: readonly HammeredDocument[];
}

/** How often the condition's proposition holds in final states. */
export type Often = 'Never' | 'Sometimes' | 'Always';

export interface ExploredDocument {
  readonly memory: 'sc' | 'tso';
  /** All final states, each once. */
  readonly finals: readonly FinalDocument[];
  readonly observation: Often;
  /** Whether what the quantifier says of the final states is so. */
  readonly validated: boolean;
  /** States of the machine that were met: all that there are. */
  readonly states: number;
  /** Those in which a thread has not ended, and none can go on. */
  readonly deadlocks: number;
  /** Whether it reaches what the file states as Never. */
  readonly contradicts: boolean;
  readonly seconds: number;
}

export interface FinalDocument {
  /** `0:r0=1; [x]=1;` */
  readonly state: string;
  /** Whether the condition's proposition holds in it. */
  readonly holds: boolean;
}

export interface HammeredDocument extends Pick<Counts, 'trials' | 'seconds'> {
  readonly memory: 'sc' | 'tso';
  /** Final states that were seen. */
  readonly finals: readonly CountedFinal[];
  /** Trials that ended in a state that was not explored, and the first such state; null if there were none. */
  readonly unexplored: { readonly count: number; readonly state: string } | null;
  /** Trials that did not end, by their signature. */
  readonly failures: readonly { readonly signature: string; readonly count: number }[];
  readonly observation: Often;
  readonly validated: boolean;
  /** VIOLATED: something was seen that was not explored. */
  readonly verdict: 'HELD' | 'VIOLATED' | 'HARNESS_ERROR';
  readonly harnessError: string | null;
  readonly seed: number;
}

export interface CountedFinal extends FinalDocument {
  readonly count: number;
}
