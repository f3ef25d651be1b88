/** The tables of a search against a Map that has the same content, and vectors against arrays. */

import test from 'ava';
import { PairTable } from '../../lib/explore/states/pairs.js';
import { QuadTable } from '../../lib/explore/states/quads.js';
import { Vectors, depthFor, vectorTable } from '../../lib/explore/states/vectors.js';
import { draw } from '../../lib/machine/random.js';

/** More than any table has room for at first, several times over. */
const DRAWN = 60_000;

/** Words of few and of many values, negative ones among them. */
function wordOf(n: number, which: number): number {
  const drawn = draw(7, n, which) | 0;
  return n % 3 === 0 ? drawn : drawn % 50;
}

test('a pair has the number of its first appearance, however many there are', (t) => {
  const table = new PairTable();
  const numbers = new Map<string, number>();
  for (let n = 0; n < DRAWN; n++) {
    const [left, right] = [wordOf(n, 0), wordOf(n, 1)];
    const key = `${left} ${right}`;
    if (table.find(left, right) !== (numbers.get(key) ?? -1)) t.fail(`find of ${key}`);
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    if (table.intern(left, right) !== numbers.get(key)) t.fail(`number of ${key}`);
  }
  t.is(table.size, numbers.size);
  for (const [key, number] of numbers) if (`${table.left(number)} ${table.right(number)}` !== key) t.fail(key);
  t.true(numbers.size > 20_000 && numbers.size < DRAWN);
});

test('a row of four words has the number of its first appearance, however many there are', (t) => {
  const table = new QuadTable();
  const numbers = new Map<string, number>();
  for (let n = 0; n < DRAWN; n++) {
    const row = [wordOf(n, 0), n % 4, wordOf(n, 1) % 5, n % 2] as const;
    const key = row.join(' ');
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    if (table.intern(...row) !== numbers.get(key)) t.fail(`number of ${key}`);
  }
  for (const [key, number] of numbers)
    if ([0, 1, 2, 3].map((which) => table.get(number, which)).join(' ') !== key) t.fail(key);
  t.true(numbers.size > 20_000 && numbers.size < DRAWN);
});

for (const words of [3, 4, 5, 16, 64, 300])
  test(`vectors of ${words} words are equal if their numbers are`, (t) => {
    const vectors = new Vectors(vectorTable(), depthFor(words));
    t.true(vectors.length >= words);
    const numbers = new Map<string, number>();
    const array = new Array<number>(words).fill(0);
    let vector = 0;
    for (let n = 0; n < 2000; n++) {
      const at = (draw(words, n, 0) >>> 0) % words;
      array[at] = n % 5 === 0 ? 0 : draw(words, n, 1) % 3;
      vector = vectors.with(vector, at, array[at]);
      const key = array.join();
      if (!numbers.has(key)) numbers.set(key, vector);
      if (numbers.get(key) !== vector) t.fail(`another number for ${key}`);
    }
    t.deepEqual(
      array.map((_, i) => vectors.get(vector, i)),
      array,
    );
    t.is(new Set(numbers.values()).size, numbers.size);
    for (let i = 0; i < words; i++) vector = vectors.with(vector, i, 0);
    t.is(vector, 0);
  });
