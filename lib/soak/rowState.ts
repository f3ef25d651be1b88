/** The counts and the standing of a row in memory. Used by soak.ts while slices run, and at the end of a soak. */

import type { Totals } from '../harness/host/run.js';
import { minus, plus, type Counts } from '../statistics/counts.js';
import type { RowTotals } from '../report/soak/document.js';
import type { SoakRow } from './row.js';
import type { RowStanding } from './schedule.js';
import type { LeftOut } from './sliceBook.js';

/** The counts of one row so far. */
export interface Live extends Omit<Counts, 'outcomes'> {
  /** Slices that ended with a harness error. */
  readonly harnessErrors: number;
}

/** Returns the standing of a row for the schedule. `known`: its counts in the store; undefined for a new row. */
export function standingOf({ weight, expected }: SoakRow, known: RowTotals | undefined): RowStanding {
  return {
    weight,
    holds: expected === null,
    hasTrials: (known?.trials ?? 0) > 0,
    spentMs: known?.spentMs ?? 0,
    slices: known?.slices ?? 0,
    provedAtMs: known?.provedAtMs ?? null,
    triedAtMs: known?.triedAtMs ?? null,
  };
}

/** Returns the counts of a row from the store; zeros for a new row. */
export function liveOf(known: RowTotals | undefined): Live {
  const { trials = 0, failures = 0, nearMisses = 0, seconds = 0, harnessErrors = 0 } = known ?? {};
  return { trials, failures, nearMisses, seconds, harnessErrors };
}

/** Returns the counts without those that are left out. */
export function without(live: Live, leftOut: LeftOut | null): Live {
  if (leftOut === null) return live;
  return { ...live, ...minus(live, leftOut) };
}

/** Returns the counts of a row plus those of its running slice. */
export function sum(before: Live, totals: Totals, seconds: number): Live {
  return { ...before, ...plus(before, { ...totals, seconds }) };
}
