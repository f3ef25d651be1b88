/** Judges a run: compares its counts with what was expected. Called by lib/run, soaks, `bench` and reports. Throughput never decides. */

import type { ClaimResult } from './claim.js';
import { countOf, type CountedOutcome, type Counts } from './counts.js';
import { CHANCE_MAX, isEnoughToDecide, type KnownRate } from './power.js';
import { lnBinomialTail } from './tails.js';

/** In order of severity: the first that occurs among several runs is the exit code of the process. */
const EXIT_CODES = {
  HARNESS_ERROR: 70,
  VIOLATED: 1,
  NOT_REPRODUCED: 3,
  INCONCLUSIVE: 4,
  REPRODUCED: 0,
  HELD: 0,
} as const;
export type Verdict = keyof typeof EXIT_CODES;
export const VERDICTS = Object.keys(EXIT_CODES) as readonly Verdict[];

/** Exit code of a run that was interrupted, whatever the verdict on its trials. */
export const INTERRUPTED_EXIT = 130;

/** The signature that counts all failures that the race does not declare. */
export const UNDECLARED = 'unexpected';

/** Whether the race does not declare the signature. */
export function isUndeclared({ signature, declared = true }: Pick<CountedOutcome, 'signature' | 'declared'>): boolean {
  return signature === UNDECLARED || !declared;
}

/** The counts that a verdict is based on. */
export interface Counted extends Pick<Counts, 'trials' | 'outcomes'> {
  readonly harnessError: string | null;
}

/** What is expected of a variant under its knobs. */
export interface Expected {
  /** The signature that it fails with; null if it holds. */
  readonly fails: string | null;
  /** Other signatures that it may fail with. */
  readonly alsoFails: readonly string[];
  /** Why `fails` may be fewer than half of the failures; null if it may not. */
  readonly minority: string | null;
}

/** What is known for judging a run without a failure. */
export interface Ground {
  /** Null if nothing is known to fail: then the absence of failures proves nothing. */
  readonly known: KnownRate | null;
  /** The result of the run's claim; null if it had none. */
  readonly claim: ClaimResult | null;
}

/**
 * Returns the verdict on a run.
 *
 * 1. If the harness failed, or there was no trial: HARNESS_ERROR, never HELD.
 * 2. A failure that the expectation does not name is VIOLATED, whatever was expected. So is the expected one if it is fewer
 *    than half of the failures, by more than chance, and the expectation does not say why.
 * 3. Expected to hold, and no failure: HELD if the claim holds; without a claim, if a variant that fails at the known rate would
 *    have failed in as many trials. Otherwise INCONCLUSIVE.
 * 4. Expected to fail: REPRODUCED if the signature was counted; NOT_REPRODUCED if it would have been at the known rate;
 *    otherwise INCONCLUSIVE.
 */
export function judge(expected: Expected, counted: Counted, { known, claim }: Ground): Verdict {
  const { trials } = counted;
  if (counted.harnessError !== null || trials === 0) return 'HARNESS_ERROR';
  if (unexpectedOutcomes(expected, counted).length > 0) return 'VIOLATED';
  const isDecided = known !== null && isEnoughToDecide(known, trials);
  if (expected.fails === null) return (claim === null ? isDecided : claim === 'HOLDS') ? 'HELD' : 'INCONCLUSIVE';
  if (countOf(expected.fails, counted) > 0) return isMinority(expected, counted) ? 'VIOLATED' : 'REPRODUCED';
  return isDecided ? 'NOT_REPRODUCED' : 'INCONCLUSIVE';
}

/** Returns the counted outcomes that the expectation does not name. */
export function unexpectedOutcomes(
  { fails, alsoFails }: Pick<Expected, 'fails' | 'alsoFails'>,
  { outcomes }: Pick<Counts, 'outcomes'>,
): CountedOutcome[] {
  const isNamed = ({ signature }: CountedOutcome): boolean => signature === fails || alsoFails.includes(signature);
  return outcomes.filter((outcome) => outcome.count > 0 && (isUndeclared(outcome) || !isNamed(outcome)));
}

/** Counts the expected failures only: the others say nothing about the rate of the expected ones. */
export function expectedFailures(
  expected: Pick<Expected, 'fails' | 'alsoFails'>,
  counted: Pick<Counts, 'outcomes'>,
): number {
  const unexpected = unexpectedOutcomes(expected, counted);
  return sumOf(counted.outcomes) - sumOf(unexpected);
}

/**
 * Whether the expected signature was counted, is fewer than half of the failures, and is not expected to be. If at least half of
 * all failures had it, the chance of a count this low would be at most CHANCE_MAX.
 */
export function isMinority({ fails, minority }: Expected, counted: Pick<Counts, 'outcomes'>): boolean {
  if (fails === null || minority !== null) return false;
  const count = countOf(fails, counted);
  const all = sumOf(counted.outcomes);
  return count > 0 && 2 * count < all && lnBinomialTail('atMost', count, all, 0.5) <= Math.log(CHANCE_MAX);
}

function sumOf(outcomes: readonly CountedOutcome[]): number {
  return outcomes.reduce((sum, { count }) => sum + count, 0);
}

export function exitCodeOf(verdict: Verdict): number {
  return EXIT_CODES[verdict];
}

/** Returns the exit code of several runs: interrupted, then the first of 70, 1, 3, 4, 0 that occurs. */
export function worstExitCode(codes: readonly number[]): number {
  const order: readonly number[] = [INTERRUPTED_EXIT, ...Object.values(EXIT_CODES)];
  return order.find((code) => codes.includes(code)) ?? 0;
}

/** Returns the verdict as people read it: "NOT REPRODUCED". */
export function verdictWords(verdict: Verdict): string {
  return verdict.replace('_', ' ');
}
