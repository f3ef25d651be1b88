// Goal: figures in a report are short and never say more than is known: no certainty by rounding, no "1000 k". Method: tables at the
// edges of every unit, then properties over the whole range.

import test from 'ava';
import fc from 'fast-check';
import {
  counted,
  formatCount,
  formatProbability,
  formatRate,
  formatSeconds,
} from '../../../lib/report/format/numbers.js';

const table = (format: (x: number) => string, rows: readonly (readonly [number, string])[]) =>
  rows.map(([x]) => [x, format(x)] as const).filter(([, text], i) => text !== rows[i]?.[1]);

test('formatCount groups by thousands', (t) => {
  t.deepEqual(
    table(formatCount, [
      [0, '0'],
      [7, '7'],
      [999, '999'],
      [1000, '1,000'],
      [1234567, '1,234,567'],
      [-1234, '-1,234'],
      [-0.2, '0'],
      [2 ** 53, '9,007,199,254,740,992'],
      [1e15, '1,000,000,000,000,000'],
      [Number.NaN, '-'],
      [Infinity, '-'],
    ]),
    [],
  );
});

test('counted has the noun in its number', (t) => {
  t.is(counted(0, 'failure'), '0 failures');
  t.is(counted(1, 'failure'), '1 failure');
  t.is(counted(1234, 'near miss', 'near misses'), '1,234 near misses');
});

test('formatRate picks the unit', (t) => {
  t.deepEqual(
    table(formatRate, [
      [0, '0 /s'],
      [12, '12.0 /s'],
      [612_000, '612 k/s'],
      [3.4e6, '3.4 M/s'],
      [0.05, '0.050 /s'],
      [0.94, '0.94 /s'],
      [0.96, '1.0 /s'],
      [3e-7, '3.0e-7 /s'],
      [99.94, '99.9 /s'],
      [99.96, '100 /s'],
      [999.4, '999 /s'],
      [999.6, '1.0 k/s'],
      [999_600, '1.0 M/s'],
      [2.5e9, '2.5 G/s'],
      [5e12, '5000 G/s'],
      [-12, '-12.0 /s'],
      [Number.NaN, '-'],
      [Infinity, '-'],
    ]),
    [],
  );
});

test('formatProbability is a percentage, or a power of ten when small', (t) => {
  t.deepEqual(
    table(formatProbability, [
      [0, '0'],
      [1, '100 %'],
      [0.0124, '1.24 %'],
      [3e-7, '3.0e-7'],
      [0.1, '10.0 %'],
      [0.5, '50.0 %'],
      [1e-4, '0.0100 %'],
      [9.9e-5, '9.9e-5'],
      [0.99999, '99.999 %'],
      [0.9995, '99.95 %'],
      [0.00015, '0.0150 %'],
      [5e-324, '4.9e-324'],
      [Number.NaN, '-'],
    ]),
    [],
  );
});

test('formatSeconds goes from nanoseconds to days', (t) => {
  t.deepEqual(
    table(formatSeconds, [
      [0, '0 s'],
      [7e-10, '0.7 ns'],
      [3.5e-7, '350 ns'],
      [7e-7, '700 ns'],
      [1.2e-5, '12.0 µs'],
      [0.34, '340 ms'],
      [0.9996, '1.0 s'],
      [12.34, '12.3 s'],
      [59.94, '59.9 s'],
      [59.96, '1m 00s'],
      [65, '1m 05s'],
      [3599.4, '59m 59s'],
      [3599.6, '1h 00m'],
      [12_000, '3h 20m'],
      [86_399, '1d 00h'],
      [100_800, '1d 04h'],
      [-0.34, '-340 ms'],
      [Number.NaN, '-'],
    ]),
    [],
  );
});

test('no probability is rounded to certainty or to nothing', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (p) => {
        const text = formatProbability(p);
        return Number.parseFloat(text) > 0 && (!text.endsWith('%') || Number.parseFloat(text) < 100);
      }),
      { numRuns: 1000 },
    ),
  );
});

test('a printed rate is within 6 % of the true one and has at most three digits before the point', (t) => {
  const scale: Record<string, number> = { '/s': 1, 'k/s': 1e3, 'M/s': 1e6, 'G/s': 1e9 };
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.double({ min: -9, max: 11.9, noNaN: true }), (exponent) => {
        const rate = 10 ** exponent;
        const [number = '', unit = ''] = formatRate(rate).split(' ');
        return Math.abs(Number(number) * (scale[unit] ?? Number.NaN) - rate) <= 0.06 * rate && Number(number) < 1000;
      }),
      { numRuns: 1000 },
    ),
  );
});
