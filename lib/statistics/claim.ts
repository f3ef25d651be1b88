/**
 * Claims about a failure rate: how many trials they need, and whether counts decide them. Called by lib/run, by
 * `racehammer plan` and by the words of reports.
 */

/**
 * "The failure rate is below r, with confidence c." Trials are assumed to be independent and to have one rate; on a host whose load
 * changes that is true only roughly.
 */

import type { FailureCounts } from './counts.js';
import { lnBinomialTail } from './tails.js';

export interface Claim {
  /** Failures per trial that the true rate is claimed to be below; between 0 and 1. */
  readonly rate: number;
  /** From 0.5 to below 1. */
  readonly confidence: number;
}

/** OPEN: neither the claim nor its contrary is shown yet. */
export type ClaimResult = 'HOLDS' | 'REFUTED' | 'OPEN';

/** What is known while CPUs run: trials are counted at the end of a round, failures at once. */
export interface ClaimCounts extends Pick<FailureCounts, 'failures'> {
  /** Bounds of the number of trials. They differ while a round runs. */
  readonly trialsMin: number;
  readonly trialsMax: number;
}

/**
 * Returns how many trials a run of fixed length needs to show the claim if no more than `failures` of them fail: the smallest n
 * with P(X <= failures) <= 1 - confidence at the claimed rate. With 0 failures it is also the number of trials in which a failure
 * of that rate occurs with that confidence. Throws RangeError for a claim out of range.
 */
export function trialsToClaim(claim: Claim, failures = 0): number {
  requireClaim(claim);
  return smallestTrials(claim.rate, failures, Math.log1p(-claim.confidence));
}

/**
 * Returns the same for a run that continues until its counts decide. Each count of failures has its share of the chance of error,
 * and the shares add up to 1 - confidence, so the run may check at any time. Without a failure it needs a few per cent more trials
 * than a run of fixed length.
 */
export function trialsToDecide(claim: Claim, failures: number): number {
  requireClaim(claim);
  return smallestTrials(claim.rate, failures, lnShare(claim, failures));
}

/**
 * Decides a claim by the counts of a running run. The answer is wrong with a chance of at most 1 - confidence in either direction,
 * whatever the rate is and however often it is asked. Throws RangeError for a claim out of range.
 */
export function decideClaim(claim: Claim, { failures, trialsMin, trialsMax }: ClaimCounts): ClaimResult {
  requireClaim(claim);
  const { rate } = claim;
  // Only the tail on the far side of the mean can be small enough; the other would take long to add up.
  if (failures < trialsMin * rate && lnBinomialTail('atMost', failures, trialsMin, rate) <= lnShare(claim, failures))
    return 'HOLDS';
  const n = Math.max(trialsMax, failures);
  if (failures > n * rate && lnBinomialTail('atLeast', failures, n, rate) <= lnShare(claim, failures - 1))
    return 'REFUTED';
  return 'OPEN';
}

/** Returns ln of the chance of error for k failures, k >= 0: the share 1/(k+1)^3 - 1/(k+2)^3 of it all, 7/8 for the first. */
function lnShare({ confidence }: Claim, k: number): number {
  return Math.log1p(-confidence) + Math.log((k + 1) ** -3 - (k + 2) ** -3);
}

/** Finds the smallest n by bisection, since the tail falls with n. */
function smallestTrials(rate: number, failures: number, lnChance: number): number {
  if (failures === 0) return Math.max(1, Math.ceil(lnChance / Math.log1p(-rate)));
  const isEnough = (n: number): boolean => lnBinomialTail('atMost', failures, n, rate) <= lnChance;
  // At that many trials the tail is about one half.
  let low = Math.max(failures, Math.floor(failures / rate));
  let high = low * 2;
  while (!isEnough(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function requireClaim({ rate, confidence }: Claim): void {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`rate is ${rate}: must be between 0 and 1, both excluded`);
  if (!(confidence >= 0.5 && confidence < 1))
    throw new RangeError(`confidence is ${confidence}: must be from 0.5 to below 1`);
}
