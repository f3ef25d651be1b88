/** What a run's counts say about what was expected of it. Counts alone decide, never a throughput. */

import type { ClaimResult } from './claim.js';

/** In the order of an exit status: the first that occurs among several runs is the process's. */
const EXIT_CODES = { HARNESS_ERROR: 70, VIOLATED: 1, NOT_REPRODUCED: 3, REPRODUCED: 0, HELD: 0 } as const;
export type Verdict = keyof typeof EXIT_CODES;

/** Exit code of a run that an interrupt ended, whatever its verdict on the trials up to then. */
export const INTERRUPTED_EXIT = 130;

/** The signature under which everything is counted that a race does not declare. */
export const UNDECLARED = 'unexpected';

/** One signature that was counted. A hang has its own even where the race does not declare it. */
export interface CountedOutcome {
  readonly signature: string;
  readonly count: number;
  /** True if absent. */
  readonly declared?: boolean;
}

/** Whether nobody has said that it may happen. */
export function isUndeclared({ signature, declared = true }: Pick<CountedOutcome, 'signature' | 'declared'>): boolean {
  return signature === UNDECLARED || !declared;
}

/** What a verdict rests on. */
export interface Counted {
  readonly trials: number;
  readonly outcomes: readonly CountedOutcome[];
  readonly harnessError: string | null;
}

/**
 * The verdict on a run. `expected` is the signature that the variant should fail with, or null if it should hold.
 *
 * 1. A harness that failed, or no trial at all, says nothing: HARNESS_ERROR, never HELD.
 * 2. Expected to hold: any failure is VIOLATED.
 * 3. Expected to fail: REPRODUCED if the signature was counted. Other declared signatures beside it are shown and do not
 *    change that: a broken protocol may break in several ways. Without it they do not count either: NOT_REPRODUCED.
 * 4. A failure that the race does not declare is VIOLATED in either case: nobody has said that it may happen.
 */
export function judge(expected: string | null, counted: Counted): Verdict {
  if (counted.harnessError !== null || counted.trials === 0) return 'HARNESS_ERROR';
  const found = counted.outcomes.filter(({ count }) => count > 0);
  if (found.some(isUndeclared)) return 'VIOLATED';
  const seen = found.map(({ signature }) => signature);
  if (expected === null) return seen.length > 0 ? 'VIOLATED' : 'HELD';
  return seen.includes(expected) ? 'REPRODUCED' : 'NOT_REPRODUCED';
}

export function exitCodeOf(verdict: Verdict): number {
  return EXIT_CODES[verdict];
}

/** The same for a run with a claim to bear out: one that held and left the claim open has not shown what it should. */
export function exitCodeWithClaim(verdict: Verdict, claim: ClaimResult | undefined): number {
  return exitCodeOf(verdict === 'HELD' && claim === 'OPEN' ? 'NOT_REPRODUCED' : verdict);
}

/** The exit code of several runs: interrupted, then the worst by 70, 1, 3, 0. */
export function worstExitCode(codes: readonly number[]): number {
  const order: readonly number[] = [INTERRUPTED_EXIT, ...Object.values(EXIT_CODES)];
  return order.find((code) => codes.includes(code)) ?? 0;
}

/** The verdict as a person reads it: "NOT REPRODUCED". */
export function verdictWords(verdict: Verdict): string {
  return verdict.replace('_', ' ');
}
