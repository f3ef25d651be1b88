/** Goal: the slope of noisy points is found, outliers do not move it, and its interval holds it. Method: points made with a known one. */
import test from 'ava';
import { theilSen } from '../../lib/statistics/slope.js';
import { draw } from '../../lib/machine/random.js';

/** From -1 to 1. */
function noise(seed: number, i: number): number {
  return ((draw(seed, 0, i) >>> 0) / 2 ** 32) * 2 - 1;
}

function points(slope: number, seed: number): [number, number][] {
  return Array.from({ length: 60 }, (_, i) => [i / 60, 100 + (slope * i) / 60 + noise(seed, i)]);
}

test('a straight line is what it is', (t) => {
  const line = Array.from({ length: 10 }, (_, i) => [i, 5 - 2 * i] as const);
  t.deepEqual(theilSen(line), { slope: -2, low: -2, high: -2 });
});

test('a third of outliers does not move it', (t) => {
  const found = theilSen(points(10, 1).map(([x, y], i) => [x, i % 4 === 0 ? y + 500 : y] as const));
  t.true(found !== null && Math.abs(found.slope - 10) < 3, JSON.stringify(found));
});

test('its interval holds the true slope nearly always', (t) => {
  const held = Array.from({ length: 200 }, (_, seed) => theilSen(points(3, seed + 1))).filter(
    (found) => found !== null && found.low <= 3 && found.high >= 3,
  ).length;
  t.true(held >= 180, `${held} of 200`);
});

test('few points say nothing', (t) => {
  t.is(theilSen([]), null);
  t.is(theilSen([1, 1, 1, 1, 1, 1, 1, 1, 1].map((x) => [x, x] as const)), null);
});
