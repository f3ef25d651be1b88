// Goal: an interval printed beside a verdict is right, from 1 trial to 1e12. Method: golden values from 50-digit arithmetic (exact sums
// for small counts, quadrature of the beta and gamma densities for large ones), then the promise itself: coverage by exact summation.

import test from 'ava';
import fc from 'fast-check';
import { binomialInterval, median, poissonInterval, range, zeroFailureBound } from '../../lib/statistics/statistics.js';

type Golden = readonly [k: number, size: number, confidence: number, low: number, high: number];

const BINOMIAL: readonly Golden[] = [
  [3, 1000, 0.95, 0.0006190999316495713, 0.008742023238478303],
  [1, 2, 0.95, 0.01257911709342505, 0.9874208829065749],
  [5, 10, 0.95, 0.18708602844739852, 0.8129139715526015],
  [1, 10, 0.99, 0.0005011285754646338, 0.5442870568996868],
  [9, 10, 0.95, 0.5549838829718046, 0.9974714214555382],
  [50, 100, 0.9, 0.41362171463091174, 0.5863782853690882],
  [7, 20, 0.5, 0.26098396706393084, 0.4506967130754321],
  [1, 1e12, 0.95, 2.5317807984289554e-14, 5.5716433909261625e-12],
  [3, 1e12, 0.95, 6.186721228960286e-13, 8.767273069717044e-12],
  [1e6, 1e12, 0.95, 9.980409843173845e-7, 0.0000010019619109625513],
  [1e9, 1e12, 0.95, 0.0009999380524385367, 0.0010000619504500117],
  [5e11, 1e12, 0.95, 0.49999902001750773, 0.5000009799824923],
  [3e10, 3e11, 0.95, 0.09999892648570619, 0.10000107352201199],
];

const POISSON: readonly Golden[] = [
  [1, 1, 0.95, 0.025317807984289876, 5.571643390938899],
  [5, 1, 0.95, 1.6234863901184204, 11.66833207932267],
  [10, 1, 0.99, 3.7169221314671175, 21.397827499654273],
  [100, 1, 0.95, 81.36399125092314, 121.62679379242638],
  [12345, 1, 0.9, 12162.813789876269, 12529.33063607966],
  [1e6, 1, 0.95, 998040.9833402939, 1001961.9119454322],
  [1e9, 1, 0.95, 999938021.4439279, 1000061981.4504089],
];

const near = (actual: number, expected: number) => Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
const trialsAndFailures = fc
  .integer({ min: 1, max: 1_000_000 })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));
const confidences = fc.double({ min: 0.01, max: 0.999999, noNaN: true });

test('binomialInterval has the golden values', (t) => {
  for (const [k, n, confidence, low, high] of BINOMIAL) {
    const got = binomialInterval(k, n, confidence);
    t.true(near(got.low, low) && near(got.high, high), `k=${k} n=${n}: ${got.low} ${got.high}`);
  }
});

test('intervals agree with published ones to every digit printed', (t) => {
  const digits = (value: number, count: number): string => value.toFixed(count);
  // R, help(binom.test), data of Conover (1971): 682 of 925.
  t.is(digits(binomialInterval(682, 925).low, 7), '0.7076683');
  t.is(digits(binomialInterval(682, 925).high, 7), '0.7654066');
  // Garwood, "Fiducial limits for the Poisson distribution" (1936), as tables of the 95 % limits print them.
  const GARWOOD = [
    ['0.000', '3.689'],
    ['0.025', '5.572'],
    ['0.242', '7.225'],
    ['0.619', '8.767'],
    ['1.090', '10.242'],
    ['1.623', '11.668'],
  ];
  for (const [k, limits] of GARWOOD.entries()) {
    const { low, high } = poissonInterval(k, 1);
    t.deepEqual([digits(low, 3), digits(high, 3)], limits);
  }
});

test('binomialInterval by the closed forms when nothing or everything failed', (t) => {
  t.is(binomialInterval(0, 1e9).low, 0);
  t.true(near(binomialInterval(0, 1e9).high, 3.6888794473100207e-9));
  t.true(near(binomialInterval(0, 1000).high, 0.003682083896865672));
  t.deepEqual(binomialInterval(1, 1), { low: binomialInterval(1, 1).low, high: 1 });
  t.true(near(binomialInterval(1, 1).low, 0.025));
  t.true(near(binomialInterval(10, 10).low, 1 - 0.30849710781876083));
});

test('poissonInterval has the golden values, and divides by the exposure', (t) => {
  for (const [k, exposure, confidence, low, high] of POISSON) {
    const got = poissonInterval(k, exposure, confidence);
    t.true(near(got.low, low) && near(got.high, high), `k=${k}: ${got.low} ${got.high}`);
  }
  t.true(near(poissonInterval(0, 1).high, 3.6888794541139363));
  t.true(near(poissonInterval(5, 10).low, 0.16234863901184204));
});

test('zeroFailureBound is the exact form of 3/n', (t) => {
  t.true(near(zeroFailureBound(1), 0.95));
  t.true(near(zeroFailureBound(10), 0.2588655508930523));
  t.true(near(zeroFailureBound(1000), 0.0029912495450952962));
  t.true(near(zeroFailureBound(1e9), 2.995732269066785e-9));
  t.true(near(zeroFailureBound(1e9, 0.99), 4.6051701753842955e-9));
});

test('the observed rate lies inside the interval', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(trialsAndFailures, confidences, ([n, k], confidence) => {
        const { low, high } = binomialInterval(k, n, confidence);
        const rate = poissonInterval(k, n, confidence);
        return low >= 0 && low <= k / n && k / n <= high && high <= 1 && rate.low <= k / n && k / n <= rate.high;
      }),
    ),
  );
});

test('one more failure moves both ends up; failures and successes mirror each other', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(trialsAndFailures, confidences, ([n, k], confidence) => {
        const here = binomialInterval(k, n, confidence);
        const mirror = binomialInterval(n - k, n, confidence);
        const mirrored =
          Math.abs(here.low - (1 - mirror.high)) < 1e-12 && Math.abs(here.high - (1 - mirror.low)) < 1e-12;
        if (k === n) return mirrored;
        const next = binomialInterval(k + 1, n, confidence);
        return mirrored && next.low > here.low && next.high > here.high;
      }),
    ),
  );
});

test('more confidence widens the interval; more trials narrow the bound for none', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(trialsAndFailures, ([n, k]) => {
        const [narrow, wide] = [binomialInterval(k, n, 0.9), binomialInterval(k, n, 0.99)];
        return wide.low <= narrow.low && wide.high >= narrow.high && zeroFailureBound(n + 1) < zeroFailureBound(n);
      }),
    ),
  );
});

test('coverage of binomialInterval is at least the confidence', (t) => {
  for (const n of [1, 2, 5, 20, 100, 400]) {
    for (const confidence of [0.8, 0.95, 0.99]) {
      const intervals = Array.from({ length: n + 1 }, (_, k) => binomialInterval(k, n, confidence));
      for (const p of [0.0001, 0.003, 0.05, 0.1, 0.3, 0.5, 0.77, 0.999]) {
        const covered = intervals.reduce(
          (sum, { low, high }, k) => (low <= p && p <= high ? sum + binomialPoint(k, n, p) : sum),
          0,
        );
        t.true(covered >= confidence - 1e-12, `n=${n} p=${p}: ${covered} < ${confidence}`);
      }
    }
  }
});

test('coverage of poissonInterval is at least the confidence', (t) => {
  for (const mean of [0.01, 0.5, 1, 3.7, 20, 100]) {
    let covered = 0;
    for (let k = 0, point = Math.exp(-mean); k < 400; point *= mean / ++k) {
      const { low, high } = poissonInterval(k, 1);
      if (low <= mean && mean <= high) covered += point;
    }
    t.true(covered >= 0.95 - 1e-12, `mean=${mean}: ${covered}`);
  }
});

test('median and range, of any order, and their input stays as it was', (t) => {
  const values = [10, 9, 2, 33];
  t.is(median(values), 9.5);
  t.is(median([3, 1, 2]), 2);
  t.is(median([7]), 7);
  t.deepEqual(range(values), { low: 2, high: 33 });
  t.deepEqual(values, [10, 9, 2, 33]);
});

test('nonsense is refused with RangeError', (t) => {
  const calls: readonly (() => unknown)[] = [
    () => binomialInterval(2, 1),
    () => binomialInterval(0, 0),
    () => binomialInterval(-1, 5),
    () => binomialInterval(1.5, 5),
    () => binomialInterval(1, 5.5),
    () => binomialInterval(Number.NaN, 5),
    () => binomialInterval(1, Infinity),
    () => binomialInterval(1, 5, 0),
    () => binomialInterval(1, 5, 1),
    () => binomialInterval(0, 5, Number.NaN),
    () => poissonInterval(-1, 1),
    () => poissonInterval(1, 0),
    () => poissonInterval(1, Infinity),
    () => poissonInterval(1, 1, 1.2),
    () => zeroFailureBound(0),
    () => zeroFailureBound(1.5),
    () => zeroFailureBound(5, 1),
    () => median([]),
    () => median([1, Number.NaN]),
    () => range([]),
    () => range([Number.NaN]),
  ];
  for (const call of calls) t.throws(call, { instanceOf: RangeError }, call.toString());
});

/** Binomial probability by repeated multiplication: slow, and independent of the code under test. */
function binomialPoint(k: number, n: number, p: number): number {
  let ln = (n - k) * Math.log1p(-p) + k * Math.log(p);
  for (let j = 1; j <= k; j++) ln += Math.log((n - k + j) / j);
  return Math.exp(ln);
}
