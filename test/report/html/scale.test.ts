// Goal: an axis holds its values, with few and round ticks. Method: properties over the whole range that counts and rates can have.

import test from 'ava';
import fc from 'fast-check';
import { linearScale, logScale, spanScale } from '../../../lib/report/html/scale.js';

const sizes = fc.double({ min: -12, max: 15, noNaN: true }).map((exponent) => 10 ** exponent);

test('a linear axis goes from 0 to a round number above the largest value', (t) => {
  t.deepEqual(linearScale(84, 0, 100).ticks, [0, 50, 100]);
  t.deepEqual(linearScale(0, 0, 100).ticks, [0, 1]);
  fc.assert(
    fc.property(sizes, (max) => {
      const { at, ticks } = linearScale(max, 0, 100);
      return ticks.length >= 2 && ticks.length <= 6 && at(max) <= 100 && at(max) >= 40 && at(0) === 0 && at(-5) === 0;
    }),
  );
});

test('an axis of time ends with the time', (t) => {
  t.deepEqual(spanScale(1.08, 0, 100).ticks, [0, 0.5, 1]);
  fc.assert(
    fc.property(sizes, (max) => {
      const { at, ticks } = spanScale(max, 10, 110);
      return ticks.length >= 2 && ticks.length <= 7 && at(max) === 110 && ticks.every((tick) => tick <= max * 1.001);
    }),
  );
  t.pass();
});

test('a logarithmic axis has powers of ten, and takes what lies outside to its ends', (t) => {
  t.deepEqual(
    logScale(0.5, 200, 0, 100).ticks.map((tick) => Math.round(tick)),
    [1, 10, 100],
  );
  fc.assert(
    fc.property(sizes, sizes, (a, b) => {
      const { at, ticks } = logScale(Math.min(a, b), Math.max(a, b), 100, 0);
      return ticks.length <= 9 && at(0) === 100 && at(Number.MAX_VALUE) === 0 && at(a) >= 0 && at(a) <= 100;
    }),
  );
});
