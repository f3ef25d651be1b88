import type { Totals } from '../harness/host/run.js';
import type { RowTotals } from '../report/soakDocument.js';
import type { SoakRow } from './row.js';
import type { Standing } from './schedule.js';
import type { LeftOut } from './sliceBook.js';

/** One row as it stands. */
export interface Live {
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly seconds: number;
  /** Slices that ended with one. */
  readonly harnessErrors: number;
}

/** How a row stands for the schedule that has come to so much; undefined for a new one. */
export function standingOf({ weight, expected }: SoakRow, known: RowTotals | undefined): Standing {
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

/** What a row has come to. */
export function liveOf(known: RowTotals | undefined): Live {
  const { trials = 0, failures = 0, nearMisses = 0, seconds = 0, harnessErrors = 0 } = known ?? {};
  return { trials, failures, nearMisses, seconds, harnessErrors };
}

/** What is left where not everything counts. */
export function without(live: Live, leftOut: LeftOut | null): Live {
  if (leftOut === null) return live;
  return { ...live, trials: live.trials - leftOut.trials, failures: live.failures - leftOut.failures };
}

/** What a row has come to with the counts of its running slice. */
export function sum(before: Live, totals: Totals, seconds: number): Live {
  return {
    ...before,
    trials: before.trials + totals.trials,
    failures: before.failures + totals.failures,
    nearMisses: before.nearMisses + totals.nearMisses,
    seconds: before.seconds + seconds,
  };
}
