// Goal: what is said of two runs' rates is exact. Method: a published example; the agreement of test and interval; coverage by
// summing over every pair of counts that two small runs can have.

import test from 'ava';
import fc from 'fast-check';
import { compareRates } from '../../lib/statistics/compareRates.js';

const near = (actual: number | null, expected: number, tolerance: number): boolean =>
  actual !== null && Math.abs(actual - expected) <= tolerance;

test('the ratio and its interval are those of published examples', (t) => {
  // Stata Base Reference Manual, epitab, `iri 41 15 28010 19017` (data of Rothman and Boice): 1.855759, 1.005684 to 3.6093.
  const rothman = compareRates({ failures: 15, trials: 19_017 }, { failures: 41, trials: 28_010 });
  t.true(near(rothman.ratio, 1.855759, 5e-7));
  t.true(near(rothman.low, 1.005684, 5e-7));
  t.true(near(rothman.high, 3.6093, 5e-5));
  t.true(near(rothman.p, 0.0476602468, 1e-10));
  // The two-sample example of R's poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)).
  const fredericia = compareRates({ failures: 21, trials: 3011 }, { failures: 11, trials: 800 });
  t.true(near(fredericia.low, 0.8584264, 5e-8));
  t.true(near(fredericia.high, 4.2772659, 5e-8));
});

test('a run without failures leaves one end open', (t) => {
  const held = compareRates({ failures: 1000, trials: 10_000 }, { failures: 0, trials: 10_000 });
  t.like(held, { ratio: 0, low: 0 });
  t.true(near(held.high, 0.0036957, 1e-7));
  t.true(held.p < 1e-200);
  const broke = compareRates({ failures: 0, trials: 10_000 }, { failures: 1000, trials: 10_000 });
  t.like(broke, { ratio: null, high: null });
  t.true(near(broke.low, 1 / held.high!, 1e-6));
  t.deepEqual(compareRates({ failures: 0, trials: 5 }, { failures: 0, trials: 7 }), {
    ratio: null,
    low: 0,
    high: null,
    p: 1,
  });
  t.is(compareRates({ failures: 1e8, trials: 1e9 }, { failures: 0, trials: 1e9 }).p, 0);
});

test('test and interval say the same, and the other way round the reciprocal', (t) => {
  const run = fc
    .integer({ min: 1, max: 100_000 })
    .chain((trials) => fc.record({ trials: fc.constant(trials), failures: fc.integer({ min: 0, max: trials }) }));
  t.notThrows(() =>
    fc.assert(
      fc.property(run, run, (a, b) => {
        const there = compareRates(a, b);
        const back = compareRates(b, a);
        const outside = there.low > 1 || (there.high ?? Infinity) < 1;
        const agrees = Math.abs(there.p - 0.05) < 1e-9 || outside === there.p < 0.05;
        const reciprocal = there.high === null ? back.low === 0 : Math.abs(back.low * there.high - 1) < 1e-9;
        return agrees && reciprocal && Math.abs(there.p - back.p) < 1e-9;
      }),
    ),
  );
});

test('the interval holds the true ratio at least as often as it says, also where rates are large', (t) => {
  const trials = 40;
  const intervals = Array.from({ length: trials + 1 }, (_, a) =>
    Array.from({ length: trials + 1 }, (__, b) => compareRates({ failures: a, trials }, { failures: b, trials })),
  );
  for (const [p, q] of [
    [0.05, 0.05],
    [0.3, 0.1],
    [0.6, 0.6],
    [0.9, 0.5],
    [0.95, 0.9],
  ] as const) {
    let covered = 0;
    for (const [a, row] of intervals.entries())
      for (const [b, { low, high }] of row.entries())
        if (low <= q / p && q / p <= (high ?? Infinity)) covered += point(a, trials, p) * point(b, trials, q);
    t.true(covered >= 0.95, `${p} against ${q}: ${covered}`);
  }
});

/** Binomial probability by repeated multiplication. */
function point(k: number, n: number, p: number): number {
  let ln = (n - k) * Math.log1p(-p) + k * Math.log(p);
  for (let j = 1; j <= k; j++) ln += Math.log((n - k + j) / j);
  return Math.exp(ln);
}
