/** Exact intervals for counted failures, and median and range. Called by reports, verdicts, `tune` and `bench`. No normal approximation. */

import { binomialParameter, poissonParameter } from './tails.js';

/** Both ends belong to the interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Returns the Clopper-Pearson interval of a probability after `k` failures in `n` trials, 95 % by default: it contains the true
 * probability at least that often. Correct to 12 digits up to n = 1e12; takes milliseconds at k = 1e9.
 * Throws RangeError unless 0 <= k <= n, n > 0, both whole, and 0 < confidence < 1.
 */
export function binomialInterval(k: number, n: number, confidence = 0.95): Interval {
  requireTrials(n);
  requireCount('k', k);
  if (k > n) throw new RangeError(`k is ${k}: must not be greater than n, which is ${n}`);
  const key = `${k} ${n} ${confidence}`;
  const known = KNOWN.get(key);
  if (known !== undefined) return known;
  const found = intervalOf(k, n, confidence);
  if (KNOWN.size >= KNOWN_MAX) KNOWN.clear();
  KNOWN.set(key, found);
  return found;
}

/** A page asks for the interval of a row several times, and a live one again and again. */
const KNOWN = new Map<string, Interval>();
const KNOWN_MAX = 5000;

function intervalOf(k: number, n: number, confidence: number): Interval {
  const lnTail = Math.log(tailEachSide(confidence));
  const low = k === 0 ? 0 : k === n ? Math.exp(lnTail / n) : binomialParameter('atLeast', k, n, lnTail);
  const high = k === n ? 1 : k === 0 ? -Math.expm1(lnTail / n) : binomialParameter('atMost', k, n, lnTail);
  return { low, high };
}

/**
 * Returns the exact (Garwood) interval of a rate after `k` events in `exposure`, 95 % by default. The unit is events per unit of
 * exposure, per second for seconds. Throws RangeError unless k >= 0 is whole, exposure > 0 is finite, and 0 < confidence < 1.
 */
export function poissonInterval(k: number, exposure: number, confidence = 0.95): Interval {
  requireCount('k', k);
  if (!(exposure > 0 && Number.isFinite(exposure)))
    throw new RangeError(`exposure is ${exposure}: must be finite and greater than 0`);
  const lnTail = Math.log(tailEachSide(confidence));
  if (k === 0) return { low: 0, high: -lnTail / exposure };
  return {
    low: poissonParameter('atLeast', k, lnTail) / exposure,
    high: poissonParameter('atMost', k, lnTail) / exposure,
  };
}

/**
 * Returns the upper bound of a probability if none of `n` trials failed, one-sided, 95 % by default: 1 - 0.05^(1/n), about 3/n.
 * (binomialInterval(0, n).high is two-sided and so larger, about 3.7/n.) Throws RangeError unless n > 0 is whole and 0 < confidence < 1.
 */
export function zeroFailureBound(n: number, confidence = 0.95): number {
  requireTrials(n);
  requireConfidence(confidence);
  return -Math.expm1(Math.log1p(-confidence) / n);
}

/** Returns the middle value, or the mean of the two middle ones. Throws RangeError if there are no values or one is NaN. */
export function median(values: readonly number[]): number {
  requireValues(values);
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return lower === upper ? lower : lower + (upper - lower) / 2;
}

/** Returns the smallest and the largest value. Throws RangeError if there are no values or one is NaN. */
export function range(values: readonly number[]): Interval {
  requireValues(values);
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function tailEachSide(confidence: number): number {
  requireConfidence(confidence);
  return (1 - confidence) / 2;
}

function requireConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence is ${confidence}: must be between 0 and 1, both excluded`);
}

function requireTrials(n: number): void {
  if (!(Number.isSafeInteger(n) && n > 0)) throw new RangeError(`n is ${n}: must be a whole number from 1 to 2^53 - 1`);
}

function requireCount(name: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 0))
    throw new RangeError(`${name} is ${count}: must be a whole number from 0 to 2^53 - 1`);
}

function requireValues(values: readonly number[]): void {
  if (values.length === 0) throw new RangeError('no values: at least one is needed');
  if (values.some(Number.isNaN)) throw new RangeError('a value is NaN: must be a number');
}
