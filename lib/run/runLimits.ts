/** The limits of a run: trials, a time, a claim. Called for the flags of `run` and for the options of programs. */

import type { Claim } from '../statistics/claim.js';
import { RUN_DURATION_MS } from './defaults.js';
import { UsageError } from './usageError.js';

/** What was asked for; checked, but for what does not go together. */
export interface AskedLimits {
  readonly trials?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly claim?: Claim | null | undefined;
}

/** What ends a run. Infinity and null are no limits. */
export interface RunEnds {
  readonly trials: number;
  readonly durationMs: number | null;
  readonly claim: Claim | null;
}

/**
 * Completes the limits of a run: one without any ends after the usual time. Throws UsageError for two that exclude each other; `names`
 * are those of trials and duration as the user writes them.
 */
export function limitsOf({ trials, durationMs, claim = null }: AskedLimits, names: readonly [string, string]): RunEnds {
  if (trials !== undefined && durationMs !== undefined)
    throw new UsageError(`${names.join(' and ')}: a run ends by one of them, give only one`);
  const usualMs = trials === undefined && claim === null ? RUN_DURATION_MS : null;
  return { trials: trials ?? Infinity, durationMs: durationMs ?? usualMs, claim };
}
