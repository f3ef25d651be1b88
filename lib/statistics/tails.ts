/**
 * Tails of the binomial and the Poisson distribution. Used by the other files of this folder and by lib/tune/duel.ts.
 */

/**
 * Which tail: P(X >= k) or P(X <= k). The parameter at which a tail has a given size is one end of an exact interval. A tail is one
 * probability times a sum of positive terms, so nothing cancels, whatever n is. (The continued fraction of the incomplete beta
 * function loses 12 digits at n = 1e12: its factors become 1 - (1 - 1e-12).)
 */

export type Side = 'atLeast' | 'atMost';

/** A tail as ln(probability of k alone) and the sum of all its terms relative to that one; the slope is d ln(tail) / d u. */
interface Tail {
  ln: number;
  slope: number;
}

/** Returns the p at which P(X >= k) or P(X <= k) of n trials equals exp(lnTail). 0 < k < n; lnTail below ln(1/2). Time grows with sqrt(k(n-k)/n). */
export function binomialParameter(side: Side, k: number, n: number, lnTail: number): number {
  const sigma = Math.sqrt(n / k / (n - k));
  const u = solve(side, Math.log(k / (n - k)), sigma, lnTail, (logit) => binomialTail(side, k, n, Math.exp(logit)));
  return 1 / (1 + Math.exp(-u));
}

/** Returns the mean at which P(X >= k) or P(X <= k) of a Poisson count equals exp(lnTail). k > 0; lnTail below ln(1/2). Time grows with sqrt(k). */
export function poissonParameter(side: Side, k: number, lnTail: number): number {
  return Math.exp(
    solve(side, Math.log(k), 1 / Math.sqrt(k), lnTail, (logMean) => poissonTail(side, k, Math.exp(logMean))),
  );
}

/** Returns ln P(X >= k) or ln P(X <= k) of `n` trials with probability `p`, 0 < p < 1. Fast if k lies on that side of the mean. */
export function lnBinomialTail(side: Side, k: number, n: number, p: number): number {
  if (side === 'atLeast' ? k <= 0 : k >= n) return 0;
  if (side === 'atLeast' ? k > n : k < 0) return -Infinity;
  if (k === n) return n * Math.log(p);
  if (k === 0) return n * Math.log1p(-p);
  return Math.min(0, binomialTail(side, k, n, p / (1 - p)).ln);
}

/**
 * Solves for the parameter by Newton's method on ln(tail) over the natural parameter u (logit of p, logarithm of the mean). It needs
 * no bracket: the second derivative is Var(X | tail) - Var(X), which is never positive, so from any start the second point is on the
 * far side and the rest approach the root from there.
 */
function solve(side: Side, centre: number, sigma: number, lnTail: number, tailAt: (u: number) => Tail): number {
  let u = side === 'atLeast' ? centre - 2 * sigma : centre + 2 * sigma;
  let lastStep = Infinity;
  for (let i = 0; i < 200; i++) {
    const tail = tailAt(u);
    const step = (lnTail - tail.ln) / tail.slope;
    u += step;
    // Convergence is quadratic: after a step this small, or one that no longer shrinks, the error is that of the arithmetic.
    if (Math.abs(step) <= 1e-9 * sigma || (i > 10 && Math.abs(step) >= lastStep)) return u;
    lastStep = Math.abs(step);
  }
  throw new Error(`exact interval did not converge (centre ${centre}, sigma ${sigma}, ln tail ${lnTail})`);
}

function binomialTail(side: Side, k: number, n: number, odds: number): Tail {
  const p = odds / (1 + odds);
  const q = 1 / (1 + odds);
  const lnPoint =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * q) +
    0.5 * Math.log(n / k / (n - k) / (2 * Math.PI));
  if (side === 'atLeast') {
    let sum = 1;
    for (let j = k, term = 1; j < n && term > 1e-17 * sum; j++) sum += term *= ((n - j) / (j + 1)) * odds;
    return { ln: lnPoint + Math.log(sum), slope: (k * q) / sum };
  }
  let sum = 1;
  for (let j = k, term = 1; j > 0 && term > 1e-17 * sum; j--) sum += term *= j / (n - j + 1) / odds;
  return { ln: lnPoint + Math.log(sum), slope: (-(n - k) * p) / sum };
}

function poissonTail(side: Side, k: number, mean: number): Tail {
  const lnPoint = -stirlingError(k) - deviance(k, mean) - 0.5 * Math.log(2 * Math.PI * k);
  let sum = 1;
  if (side === 'atLeast') {
    for (let j = k + 1, term = 1; term > 1e-17 * sum; j++) sum += term *= mean / j;
    return { ln: lnPoint + Math.log(sum), slope: k / sum };
  }
  for (let j = k, term = 1; j > 0 && term > 1e-17 * sum; j--) sum += term *= j / mean;
  return { ln: lnPoint + Math.log(sum), slope: -mean / sum };
}

/**
 * Returns ln(n!) minus Stirling's formula, n a whole number > 0. With deviance() it gives the logarithm of a probability without large
 * terms that cancel (Loader 2000).
 */
function stirlingError(n: number): number {
  if (n < 16) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
  }
  const nn = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / nn) / nn) / nn) / n;
}

/** Returns x ln(x / mean) + mean - x, x and mean > 0; by a series if the two are close. */
function deviance(x: number, mean: number): number {
  const v = (x - mean) / (x + mean);
  if (Math.abs(v) >= 0.1) return x * Math.log(x / mean) + mean - x;
  let sum = (x - mean) * v;
  let power = 2 * x * v;
  for (let j = 1; ; j++) {
    power *= v * v;
    const next = sum + power / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
