/** The interface through which a run reports its progress: to the terminal, or to onProgress of programs. Called by runs.ts and verifications. */

import type { Totals } from '../harness/host/run.js';

/** The limits of a run, to show how far it is. */
export interface RunLimit {
  readonly trials: number;
  readonly durationMs: number;
  /** Trials at which a claim is decided, by the failures so far. */
  readonly claimTrials?: (failures: number) => number;
}

/** Shows one run. */
export interface ProgressView {
  /** Called about ten times a second. */
  update(totals: Totals, seconds: number): void;
  end(): void;
}

/** The run that was asked for, or its twin, whose rate decides what no failure says. */
export type Viewed = 'run' | 'twin';

/** Makes the view of a run; undefined if nobody looks. `title`: race and variant, or the name of the twin. */
export type ViewOf = (title: string, limit: RunLimit, viewed: Viewed) => ProgressView | undefined;
