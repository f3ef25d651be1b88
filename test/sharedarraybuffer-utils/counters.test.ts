/**
 * Goal: counts are exact up to 2^53, and no reader sees one go back or sees half of a carry.
 * Method: random adds against plain numbers. On several threads, writers add a number of nearly 2^30, so that nearly
 * every add carries and the low word falls; a reader checks that each value is a multiple of it and not below the last.
 */
import test from 'ava';
import fc from 'fast-check';
import { Counters, LINE_WORDS, allocateWords, spinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import { availableParallelism } from 'node:os';
import { meet, runParties } from './start.js';

const CARRY_AT = 2 ** 30;
const countersFor = (count: number) => new Counters(allocateWords(Counters.words(count)), 0);

test('carries into the high word at 2^30', (t) => {
  const counters = countersFor(1);
  counters.add(0, CARRY_AT - 2);
  for (let n = CARRY_AT - 1; n <= CARRY_AT + 2; n++) {
    counters.add(0, 1);
    t.is(counters.read(0), n);
  }
});

test('counts on to 2^53', (t) => {
  const mem = allocateWords(Counters.words(1));
  const counters = new Counters(mem, 0);
  counters.add(0, CARRY_AT);
  const high = mem.indexOf(1);
  mem[high] = 2 ** 23 - 2;
  // The low word has the last bit of the high one.
  mem[high - 1] = 0;
  counters.add(0, CARRY_AT);
  counters.add(0, CARRY_AT - 2);
  t.is(counters.read(0), Number.MAX_SAFE_INTEGER - 1);
  counters.add(0, 1);
  t.is(counters.read(0), Number.MAX_SAFE_INTEGER);
});

test('a writer that is ended between its two stores leaves the count as it was, and another one goes on', (t) => {
  for (const before of [CARRY_AT - 5, 2 * CARRY_AT - 5]) {
    const mem = allocateWords(Counters.words(1));
    const counters = new Counters(mem, 0);
    for (let left = before; left > 0; left -= CARRY_AT) counters.add(0, Math.min(left, CARRY_AT));
    const store = Atomics.store;
    let stores = 0;
    // The thread is gone behind the first of them.
    t.teardown(() => (Atomics.store = store));
    Atomics.store = ((...args: Parameters<typeof store>) => {
      if (stores++ > 0) throw new Error('ended');
      return store(...args);
    }) as typeof store;
    t.throws(() => counters.add(0, 10), { message: 'ended' });
    Atomics.store = store;
    t.is(counters.read(0), before);
    const successor = new Counters(mem, 0);
    for (let n = 1; n <= 10; n++) {
      successor.add(0, 1);
      t.is(successor.read(0), before + n);
    }
  }
});

test('a reader comes to an end, however often the writer carries under it', (t) => {
  const mem = allocateWords(Counters.words(1));
  const counters = new Counters(mem, 0);
  const load = Atomics.load;
  let loads = 0;
  t.teardown(() => (Atomics.load = load));
  Atomics.load = ((...args: Parameters<typeof load>) => {
    loads++;
    mem[0] ^= 1;
    return load(...args);
  }) as typeof load;
  t.true(counters.read(0) <= 1);
  Atomics.load = load;
  t.true(loads < 1000, String(loads));
});

test('any adds to any counters give their sums', (t) => {
  const add = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.oneof(fc.integer({ min: 0, max: CARRY_AT }), fc.constantFrom(0, 1, CARRY_AT)),
  );
  fc.assert(
    fc.property(fc.array(add, { maxLength: 100 }), (list) => {
      const counters = countersFor(4);
      const sums = [0, 0, 0, 0];
      for (const [i, delta] of list) {
        counters.add(i, delta);
        sums[i] += delta;
      }
      t.deepEqual(
        sums.map((_, i) => counters.read(i)),
        sums,
      );
    }),
  );
});

test('every counter has a line of its own', (t) => {
  t.is(Counters.words(5), 5 * LINE_WORDS);
});

for (const [delta, name] of [
  [CARRY_AT - 1, 'nearly every add carries'],
  [CARRY_AT / 2 + 1, 'every second add carries'],
] as const) {
  test.serial(`a reader never sees a count go back, nor half of a carry: ${name}`, async (t) => {
    const [writers, readers] = [2, 1];
    const parties = writers + readers;
    const { meeting, at } = meet(parties, spinBudget(parties, availableParallelism()), {
      counters: Counters.words(writers),
      progress: 2,
    });
    const counting = { ...meeting, ...at, count: writers, delta };
    const reports = await runParties(t, [
      { ...counting, me: 0, kind: 'count', counter: 0, addsMax: 2 ** 21 },
      { ...counting, me: 1, kind: 'count', counter: 1, addsMax: 2 ** 21 },
      { ...counting, me: 2, kind: 'watch-counts', changesWanted: 20_000 },
    ]);
    const [first, second, reader] = reports;
    t.deepEqual([reader.last0, reader.last1], [first.adds * delta, second.adds * delta]);
    t.log(`${reader.changes} changes seen`);
  });
}
