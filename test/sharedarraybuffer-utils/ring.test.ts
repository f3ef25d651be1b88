/**
 * Goal: a ring keeps the newest entries in order, whole, however often it has been overwritten.
 * Method: random pushes and resets against a plain array; the same with a count that is about to overflow.
 * On several threads, each appends to its own ring, all meet at a gate, and each reads every ring.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import fc from 'fast-check';
import { ENTRY_WORDS, Ring, allocateWords, ringWords, spinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import { meet, runParties } from './start.js';

const entries = (mem: Int32Array, ring: Ring) =>
  Array.from({ length: ring.kept }, (_, i) => [...mem.subarray(ring.at(i), ring.at(i) + ENTRY_WORDS)]);

test('when full, the oldest entry is overwritten', (t) => {
  const mem = allocateWords(ringWords(2));
  const ring = new Ring(mem, 0, 2);
  t.is(ring.kept, 0);
  ring.push(1, 2, 3, 4);
  t.deepEqual(entries(mem, ring), [[1, 2, 3, 4]]);
  ring.push(5, 6, 7, 8);
  ring.push(9, 10, 11, 12);
  t.deepEqual(entries(mem, ring), [
    [5, 6, 7, 8],
    [9, 10, 11, 12],
  ]);
  t.deepEqual([ring.written, ring.kept, ring.capacity], [3, 2, 2]);
  ring.reset();
  t.deepEqual([ring.written, ring.kept], [0, 0]);
});

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

test('any pushes and resets: what is kept is the end of what was pushed, and nothing outside the ring is touched', (t) => {
  const steps = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.tuple(word, word, word, word) }, fc.constant('reset' as const)),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(fc.constantFrom(2, 4, 8, 16), steps, (capacity, list) => {
      const at = 32;
      const mem = allocateWords(at + ringWords(capacity) + 1);
      const ring = new Ring(mem, at, capacity);
      let model: number[][] = [];
      for (const step of list) {
        if (step === 'reset') {
          ring.reset();
          model = [];
        } else {
          ring.push(...step);
          model.push([...step]);
        }
        t.is(ring.written, model.length);
      }
      t.deepEqual(entries(mem, ring), model.slice(-capacity));
      t.true(mem.subarray(0, at).every((value) => value === 0));
      t.is(mem[at + ringWords(capacity)], 0);
    }),
    { numRuns: 50 },
  );
});

test('a ring that is never reset keeps its newest entries past 2^31 pushes', (t) => {
  const mem = allocateWords(ringWords(4));
  const ring = new Ring(mem, 0, 4);
  mem[0] = 2 ** 31 - 6;
  for (let n = 1; n <= 12; n++) {
    ring.push(n, n, n, n);
    t.is(ring.kept, 4);
    t.true(ring.written >= 2 ** 30);
    if (n < 4) continue;
    t.deepEqual(
      entries(mem, ring),
      [n - 3, n - 2, n - 1, n].map((value) => [value, value, value, value]),
    );
  }
});

test('a capacity that is no power of two from 2 on is refused', (t) => {
  for (const capacity of [0, 1, 3, -2, 2.5, 6, Number.NaN]) {
    t.throws(() => new Ring(allocateWords(64), 0, capacity), {
      instanceOf: RangeError,
      message: new RegExp(`${capacity}`),
    });
  }
});

for (const parties of new Set([2, Math.min(availableParallelism() + 1, 8)])) {
  test.serial(`${parties} threads with a ring each read all rings after a gate`, async (t) => {
    const capacity = 8;
    const budget = spinBudget(parties, availableParallelism());
    const { meeting, at } = meet(parties, budget, { rings: parties * ringWords(capacity) });
    const jobs = Array.from({ length: parties }, (_, me) => {
      return { ...meeting, me, kind: 'ring', rings: at.rings, capacity, rounds: 2000 } as const;
    });
    const reports = await runParties(t, jobs);
    t.true(reports.every(({ overwritten }) => overwritten > 0));
  });
}
