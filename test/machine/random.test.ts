/**
 * Goal: draws depend on their arguments alone, fill their range evenly, and neighbouring trials, CPUs, machines and seeds
 * draw independently of each other.
 * Method: counts per bucket of many draws; each stays within six standard deviations of what chance gives.
 */
import test from 'ava';
import { chanceIn, chanceOf } from '../../lib/harness/draws.js';
import { draw, drawBetween, drawWord } from '../../lib/machine/random.js';

const N = 64_000;
const BUCKETS = 64;

/** Whether all buckets are as full as chance makes them. */
function isEven(buckets: readonly number[]): boolean {
  const expected = buckets.reduce((a, b) => a + b) / buckets.length;
  return buckets.every((n) => Math.abs(n - expected) < 6 * Math.sqrt(expected));
}

function spread(value: (i: number) => number): number[] {
  const buckets = new Array<number>(BUCKETS).fill(0);
  for (let i = 0; i < N; i++) buckets[value(i)]++;
  return buckets;
}

test('the same arguments draw the same number, an unsigned one of 32 bits', (t) => {
  for (let i = 0; i < 1000; i++) {
    const n = draw(i, i * 7, i * 13);
    t.is(n, draw(i, i * 7, i * 13));
    t.true(Number.isInteger(n) && n >= 0 && n < 2 ** 32);
  }
});

for (const seed of [0, 1, 2, 0x7fffffff, -1]) {
  test(`seed ${seed}: trials in a row draw evenly, in the high bits and in the low ones`, (t) => {
    for (const stream of [0, 1, 63, 1 << 16, (1 << 16) + 1]) {
      t.true(isEven(spread((i) => draw(seed, stream, i) >>> 26)));
      t.true(isEven(spread((i) => draw(seed, stream, i) & 63)));
    }
  });

  test(`seed ${seed}: neighbours draw independently`, (t) => {
    const neighbours: readonly ((i: number) => number)[] = [
      (i) => draw(seed, 0, i + 1),
      (i) => draw(seed, 1, i),
      (i) => draw(seed, 64, i),
      (i) => draw(seed, 1 << 16, i),
      (i) => draw((seed + 1) | 0, 0, i),
    ];
    for (const other of neighbours) {
      t.true(isEven(spread((i) => (draw(seed, 0, i) >>> 29) * 8 + (other(i) >>> 29))));
      t.true(isEven(spread((i) => (draw(seed, 0, i) & 7) * 8 + (other(i) & 7))));
    }
  });
}

test('a range is filled from end to end', (t) => {
  const seen = new Set(Array.from({ length: 1000 }, (_, i) => drawBetween(5, 0, i, -2, 3)));
  t.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [-2, -1, 0, 1, 2, 3],
  );
  t.is(drawBetween(5, 0, 0, 9, 9), 9);
});

test('what is drawn in each trial is a word: a larger number is allocated where the engine does not inline what returns it', (t) => {
  let negative = 0;
  for (let trial = 1; trial <= 1000; trial++) {
    const word = drawWord(7, 3, trial);
    t.is(word >>> 0, draw(7, 3, trial));
    for (const drawn of [word, chanceIn(7, 0, 1, trial), chanceOf(7, 0, 1, trial)]) t.is(drawn | 0, drawn);
    if (word < 0) negative++;
  }
  t.true(negative > 400 && negative < 600, `${negative} of 1000`);
});
