import { lnBinomialTail } from '../statistics/tails.js';
import { median } from '../statistics/statistics.js';
import { hitsOf, type Goal, type Point, type Slice } from './point.js';
import type { Random } from './random.js';

/** Slices of the default and of the best point found, taken by turns. */
export interface Pair {
  readonly start: Slice;
  readonly best: Slice;
}

/** How many times as many hits the second point had; per second of processor time unless said otherwise. */
export interface DuelResult {
  readonly pairs: number;
  /** Median over the pairs, with its 95 % interval: null where there is no upper end, or no ratio at all. */
  readonly ratio: number | null;
  readonly low95: number;
  readonly high95: number | null;
  /** Of all pairs together, by the clock; null if the first had none. */
  readonly clockRatio: number | null;
}

/** Fewer pairs bear no interval of 95 %. */
export const PAIRS_MIN = 6;

/** Runs both points by turns, in an order that is drawn for each pair, until there are `pairs` or `isOver` says so. */
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
 * What the pairs say. Slices of a shared host are neither independent counts nor normal: the interval is that of the median
 * of the pairs' ratios, by order statistics, which holds whatever their distribution is.
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
 * Times as many hits that other settings than the default must have for certain. How often settings hit changes with the state
 * of the host: what was 6 % better in one minute had six tenths of the default's failures in the next.
 */
const LEAST_GAIN = 1.2;

/** Whether the second point is so much better for certain that it is worth to leave the default, and better by the clock as well. */
export function isWon({ low95, clockRatio }: DuelResult): boolean {
  return low95 > LEAST_GAIN && (clockRatio === null || clockRatio > 1);
}

/** The k for which the k-th smallest and the k-th largest of n values hold the median with 95 %; 0 if there is none. */
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

/** Nothing against nothing is as good as the same. */
function ratioOf(a: number, b: number): number {
  if (b === 0) return a === 0 ? 1 : Infinity;
  return a / b;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
