/** What hears of a run while it goes on: the commands show it, programs get it as onProgress. Called by runs.ts and verifications. */

import type { Totals } from '../harness/host/run.js';

/** How long a run may go on, for those who show how far it is. */
export interface RunLimit {
  readonly trials: number;
  readonly durationMs: number;
  /** Trials at which a claim is decided, by the failures so far. */
  readonly claimTrials?: (failures: number) => number;
}

/** One run that goes on. */
export interface ProgressView {
  /** Called about ten times a second. */
  update(totals: Totals, seconds: number): void;
  end(): void;
}

/** Makes the view of a run; undefined where nobody looks. `title`: race and variant, or what the twin is called. */
export type ViewOf = (title: string, limit: RunLimit) => ProgressView | undefined;
