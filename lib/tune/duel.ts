/**
 * Compares the best settings that a search has found with the defaults, in pairs of slices. Called by tune.ts at the
 * end of a search.
 */

import { lnBinomialTail } from '../statistics/tails.js';
import { median } from '../statistics/statistics.js';
import { hitsOf, type Goal, type Point, type Slice } from './point.js';
import type { Random } from './random.js';

/** One slice of the default and one of the best point found, measured one directly after the other. */
export interface Pair {
  readonly start: Slice;
  readonly best: Slice;
}

/** How many times as many hits the second point had; per second of CPU time unless said otherwise. */
export interface DuelResult {
  readonly pairs: number;
  /** Median over the pairs, with its 95 % interval: null where there is no upper end, or no ratio at all. */
  readonly ratio: number | null;
  readonly low95: number;
  readonly high95: number | null;
  /** Ratio of all pairs together per second of wall-clock time; null if the first had no hits. */
  readonly clockRatio: number | null;
}

/** Fewer pairs do not allow a 95 % interval. */
export const PAIRS_MIN = 6;

/** Measures both points alternately, in an order drawn for each pair, until there are `pairs` or `isOver` returns true. */
export async function duel(
  points: { readonly start: Point; readonly best: Point },
  measure: (point: Point) => Promise<Slice>,
  pairs: number,
  random: Random,
  isOver: () => boolean,
): Promise<Pair[]> {
  const done: Pair[] = [];
  while (done.length < pairs && !isOver()) {
    if (random.next() < 0.5) {
      const start = await measure(points.start);
      done.push({ start, best: await measure(points.best) });
    } else {
      const best = await measure(points.best);
      done.push({ start: await measure(points.start), best });
    }
  }
  return done;
}

/**
 * Evaluates the pairs. Slices of a shared host are neither independent counts nor normal: the interval is that of the median of
 * the pairs' ratios, by order statistics, which is valid for any distribution.
 */
export function judgeDuel(goal: Goal, pairs: readonly Pair[]): DuelResult {
  const ratios = pairs.map(({ start, best }) => ratioOf(rateOf(goal, best), rateOf(goal, start)));
  const sorted = ratios.toSorted((a, b) => a - b);
  const rank = intervalRank(sorted.length);
  const low = rank === 0 ? 0 : sorted[rank - 1];
  const high = rank === 0 ? Infinity : sorted[sorted.length - rank];
  const middle = sorted.length === 0 ? Infinity : median(sorted);
  return {
    pairs: pairs.length,
    ratio: finite(middle),
    low95: Number.isFinite(low) ? low : Number.MAX_VALUE,
    high95: finite(high),
    clockRatio: finite(ratioOf(clockRate(goal, pairs, 'best'), clockRate(goal, pairs, 'start'))),
  };
}

/**
 * The margin by which settings must beat the default. Rates change with the state of the host: settings that were 6 % better in
 * one minute had 60 % of the default's failures in the next.
 */
const LEAST_GAIN = 1.2;

/** Whether the second point beats the default by the required margin at 95 % confidence, and also in wall-clock time. */
export function isWon({ low95, clockRatio }: DuelResult): boolean {
  return low95 > LEAST_GAIN && (clockRatio === null || clockRatio > 1);
}

/** Returns the k for which the k-th smallest and the k-th largest of n values enclose the median with 95 %; 0 if there is none. */
export function intervalRank(n: number): number {
  let k = 0;
  while (k < n / 2 && Math.exp(lnBinomialTail('atMost', k, n, 0.5)) <= 0.025) k++;
  return k;
}

function rateOf(goal: Goal, slice: Slice): number {
  return slice.ranSeconds === 0 ? 0 : hitsOf(goal, slice) / slice.ranSeconds;
}

function clockRate(goal: Goal, pairs: readonly Pair[], which: 'start' | 'best'): number {
  const hits = pairs.reduce((sum, pair) => sum + hitsOf(goal, pair[which]), 0);
  const seconds = pairs.reduce((sum, pair) => sum + pair[which].seconds, 0);
  return seconds === 0 ? 0 : hits / seconds;
}

/** Returns a / b, where 0 / 0 counts as equal. */
function ratioOf(a: number, b: number): number {
  if (b === 0) return a === 0 ? 1 : Infinity;
  return a / b;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
