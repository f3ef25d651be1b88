/**
 * Goal: a few reads in a row are recorded one by one, since code may make them without a loop, and a replay needs as many; a long loop has a
 * few records, however long it is.
 * Method: rows of reads, of one word and of several.
 */
import test from 'ava';
import { Repeats } from '../../lib/js/repeats.js';

/** Returns the values that are recorded of a row of reads of words by number, each with the word as its value. */
function recordedOf(words: readonly number[], last?: number): number[] {
  const recorded: number[] = [];
  const repeats = new Repeats((_, address, value) => recorded.push(10 * address + value));
  for (const word of words) repeats.read(1, word, word);
  if (last !== undefined) repeats.read(1, last, last + 1);
  repeats.end();
  return recorded;
}

const rowOf = (iteration: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, i) => iteration[i % iteration.length]);

for (const iteration of [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]])
  test(`up to 16 reads that repeat ${iteration.length} before are all recorded`, (t) => {
    for (let length = 1; length <= 16 + 2 * iteration.length; length++) {
      const row = rowOf(iteration, length);
      const recorded = row.map((word) => 11 * word);
      t.deepEqual(recordedOf(row), recorded);
      t.deepEqual(recordedOf(row, 5), [...recorded, 56]);
    }
  });

test('a long loop has few records: its first iterations, and the one in which it ends', (t) => {
  for (const iteration of [[1], [1, 2], [1, 2, 3, 4]])
    for (const length of [200, 1001, 5003]) {
      const recorded = recordedOf(rowOf(iteration, length), 5);
      t.true(recorded.length <= 3 * iteration.length + 1, `${length} of ${iteration.length}: ${recorded.length}`);
      t.is(recorded.at(-1), 56);
      // What is left is whole iterations: the word in front of the last one is the same.
      t.is(recorded.at(-2), 11 * iteration[(length - 1) % iteration.length]);
    }
});
