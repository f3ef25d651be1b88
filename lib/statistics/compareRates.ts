/** Compares the failure rates of two runs, exactly. Called by `compare` and `soak-diff`. */

import type { FailureCounts } from './counts.js';
import { binomialInterval } from './statistics.js';
import { lnBinomialTail } from './tails.js';

/** The rate of the second run over that of the first. */
export interface RateRatio {
  /** Null if the first had no failure. */
  readonly ratio: number | null;
  /** Both ends belong to the interval. */
  readonly low: number;
  /** Null: there is no upper end. */
  readonly high: number | null;
  /** Two-sided: the probability of counts at least this far apart if the rates are equal. 0 stands for less than 1e-300. */
  readonly p: number;
}

/**
 * Compares two counted rates, each of at least one trial. Given the total number of failures, each belongs to the second run with a probability that depends on
 * the ratio alone; so the interval is that of Clopper and Pearson, and p is twice the smaller tail. p < 1 - confidence exactly if the
 * interval excludes 1. Failures are taken as events of a Poisson process: for rates near 1 the interval is wider than necessary.
 */
export function compareRates(first: FailureCounts, second: FailureCounts, confidence = 0.95): RateRatio {
  const failures = first.failures + second.failures;
  if (failures === 0) return { ratio: null, low: 0, high: null, p: 1 };
  const exposures = first.trials / second.trials;
  const share = binomialInterval(second.failures, failures, confidence);
  const expected = second.trials / (first.trials + second.trials);
  const side = second.failures > failures * expected ? 'atLeast' : 'atMost';
  return {
    ratio: first.failures === 0 ? null : (second.failures / first.failures) * exposures,
    low: (share.low / (1 - share.low)) * exposures,
    high: share.high === 1 ? null : (share.high / (1 - share.high)) * exposures,
    p: Math.min(1, 2 * Math.exp(lnBinomialTail(side, second.failures, failures, expected))),
  };
}
