/** The slope of a series, robust against outliers. Called by lib/soak/history.ts for the growth of memory. */

import { median, type Interval } from './statistics.js';

/** A slope with its 95 % interval. */
export interface Slope extends Interval {
  readonly slope: number;
}

const Z_95 = 1.96;

/**
 * Returns the Theil–Sen slope of y over x: the median of the slopes between all pairs of points, which up to 29 % of outliers do not
 * move. The interval is Sen's, which assumes independent points. Null for fewer than 8 points of different x. Takes time quadratic in
 * the number of points, so some hundred are right.
 */
export function theilSen(points: readonly (readonly [x: number, y: number])[]): Slope | null {
  const slopes: number[] = [];
  for (const [i, [x1, y1]] of points.entries()) {
    for (const [x2, y2] of points.slice(i + 1)) if (x1 !== x2) slopes.push((y2 - y1) / (x2 - x1));
  }
  const n = new Set(points.map(([x]) => x)).size;
  if (n < POINTS_MIN) return null;
  slopes.sort((a, b) => a - b);
  const half = (Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  const at = (i: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, i))];
  return {
    slope: median(slopes),
    low: at(Math.floor(slopes.length / 2 - half)),
    high: at(Math.ceil(slopes.length / 2 + half)),
  };
}

const POINTS_MIN = 8;
