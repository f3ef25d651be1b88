/**
 * Goal: blocks of one buffer never overlap or share a cache line, and the buffer is one that all threads see.
 * Method: random lists of blocks against the rules; then threads that fill neighbouring blocks at the same time, each
 * finding in its own block nothing but what it wrote.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import fc from 'fast-check';
import { Carver, LINE_WORDS, allocateWords } from '../../lib/sharedarraybuffer-utils/index.js';
import { NEVER_WITHOUT_BELL, meet, runParties } from './start.js';

test('any list of blocks: whole lines each, no overlap, no gap, in the order asked for', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }), (counts) => {
      const carver = new Carver();
      let nextFree = 0;
      counts.forEach((count, i) => {
        const at = carver.take(`block${i}`, count);
        if (at % LINE_WORDS !== 0) throw new Error(`block${i} starts inside a line`);
        if (at < nextFree || at - nextFree >= LINE_WORDS) throw new Error(`block${i} at ${at}, free from ${nextFree}`);
        nextFree = at + count;
      });
      t.deepEqual(
        carver.blocks.map(({ words }) => words),
        counts,
      );
      return carver.words >= nextFree && carver.words % LINE_WORDS === 0;
    }),
  );
});

test('the buffer is shared, of fixed size, zeroed, and holds every block', (t) => {
  const carver = new Carver();
  carver.take('small', 1);
  const at = carver.take('large', 100_000);
  const mem = carver.allocate();
  t.true(mem.buffer instanceof SharedArrayBuffer);
  t.false(mem.buffer.growable);
  t.true(mem.length >= at + 100_000);
  t.true(mem.every((word) => word === 0));
});

test('allocateWords gives at least what is asked for, also at page bounds', (t) => {
  const pageWords = 65_536 / 4;
  for (const count of [0, 1, pageWords - 1, pageWords, pageWords + 1]) t.true(allocateWords(count).length >= count);
});

test('a bad count, and a block after the buffer was made, are refused with the name in the message', (t) => {
  const carver = new Carver();
  for (const count of [0, -16, 0.5, Number.NaN]) {
    t.throws(() => carver.take('queue', count), { instanceOf: RangeError, message: /"queue"/ });
  }
  t.is(carver.words, 0);
  carver.allocate();
  t.throws(() => carver.take('late', 1), { instanceOf: RangeError, message: /"late"/ });
});

test.serial('threads that fill neighbouring blocks at the same time leave each other alone', async (t) => {
  const parties = Math.min(availableParallelism() + 1, 8);
  const sizes = Object.fromEntries(Array.from({ length: parties }, (_, p) => [`block${p}`, 1 + p * 15]));
  const { meeting, at } = meet(parties, NEVER_WITHOUT_BELL, sizes);
  const jobs = Array.from({ length: parties }, (_, me) => {
    const name = `block${me}`;
    return { ...meeting, me, kind: 'fill', block: at[name], words: sizes[name], rounds: 5000 } as const;
  });
  const reports = await runParties(t, jobs);
  t.deepEqual(
    reports.map(({ words }) => words),
    Object.values(sizes),
  );
});
