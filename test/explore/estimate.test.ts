/**
 * Goal: what is said of the number of states before all are known is about right, and what is far too many is told at once.
 * Method: rows whose states are all known, estimated as they were when a fifth of them had been met; programs whose states can be
 * counted by hand, few or far too many.
 */
import test from 'ava';
import { learning } from '../../lib/explore/trees/learned.js';
import { Search } from '../../lib/explore/search.js';
import type { ActorRace } from '../../lib/race/race.js';
import { READ_ONCE, WRITE_ONCE, defineRace, lines, struct } from '../../lib/sdk/index.js';
import hashBatch from '../../stress/hash-batch/race.js';
import pgdLock from '../../stress/pgd-lock/race.js';
import shouldFlush from '../../stress/should-flush/race.js';
import xenPin from '../../stress/xen-pin/race.js';
import { LIMITS, modelOf, type Asked } from './searched.js';

const BUFFERED = {
  ...shouldFlush.rows.find(({ name }) => name === 'the first fix, in the order of 6.15, store buffers'),
};

/** Returns the estimate over the truth. */
const ratioOf = <C>(race: ActorRace<C>, asked: Asked): number =>
  learning((learned) => {
    const search = new Search(modelOf(race, asked, learned), LIMITS);
    while (!search.isComplete) search.advance(10_000);
    return (search.estimateFrom(search.found.states / 5) ?? 0) / search.found.states;
  });

test('rows of races, when a fifth of their states have been met', (t) => {
  const rows = [
    ratioOf(xenPin, { variant: 'buggy' }),
    ratioOf(xenPin, { variant: 'pte-lock', knobs: { path: 'exit', flush: 'ipi' } }),
    ratioOf(pgdLock, { variant: 'rwlock' }),
    ratioOf(shouldFlush, { ...BUFFERED, memory: 'tso' }),
  ];
  for (const ratio of rows) t.true(ratio > 0.5 && ratio < 2, rows.join());
});

for (const name of ['merged', 'one lock over the gather', 'flush of the primary group'])
  test(`a race with loops, in which several ways lead to a place: ${name}`, (t) => {
    const row = hashBatch.rows.find((one) => one.name === name);
    const ratio = ratioOf(hashBatch, { ...row });
    t.true(ratio > 0.5 && ratio < 2, String(ratio));
  });

const WORDS = 60;
const STATE = struct({ own: lines(WORDS), other: lines(WORDS) });

/** Two CPUs that have nothing to do with each other. */
const APART = defineRace({
  name: 'apart',
  state: STATE,
  variants: { any: {} },
  signatures: { wrong: 'something' },
  actors: {
    run: (cpu, at) => {
      for (let i = 0; i < WORDS; i++) WRITE_ONCE(cpu, at + (cpu.id === 0 ? STATE.own : STATE.other) + i, 1);
    },
  },
});
const APART_STATES = (WORDS + 1) ** 2;

/** Searches it up to so many states, and estimates all of them. */
const apartUpTo = (met: number, limit: number): Search =>
  learning((learned) => {
    const search = new Search(modelOf(APART, {}, learned), { ...LIMITS, states: limit });
    search.beginWider();
    while (search.found.states < met) search.advance(10);
    search.estimate();
    return search;
  });

test('two CPUs that have nothing to do with each other', (t) => {
  const estimate = apartUpTo(APART_STATES / 10, LIMITS.states).found.estimate ?? 0;
  t.true(estimate > APART_STATES / 2 && estimate < 2 * APART_STATES, `${estimate} of ${APART_STATES}`);
});

test('five times as many states as a search may meet are too many when it has met a twentieth of these', (t) => {
  t.true(apartUpTo(200, APART_STATES / 12).isTooLarge);
  t.false(apartUpTo(200, APART_STATES / 2).isTooLarge);
  t.false(apartUpTo(100, APART_STATES / 1.5).isLate);
});

test('a search that has no end is told so', (t) => {
  const race = defineRace({
    name: 'wide',
    state: STATE,
    cpus: { min: 4, default: 4 },
    variants: { any: {} },
    signatures: { wrong: 'something' },
    actors: {
      run: (cpu, at) => {
        for (let i = 0; i < WORDS; i++)
          if (READ_ONCE(cpu, at + STATE.own + i) === 0) WRITE_ONCE(cpu, at + STATE.own + i, cpu.id + 1);
      },
    },
  });
  learning((learned) => {
    const search = new Search(modelOf(race, {}, learned), { states: 50_000, bytes: 1e9 });
    search.advance(5000);
    while (!search.estimate()) {
      search.beginWider();
      search.advance(5000);
    }
    t.true(search.isTooLarge, String(search.found.estimate));
    t.false(search.isFull);
  });
});

test('a search is ending when its frontier has become much smaller, not before', (t) => {
  const search = learning(
    (learned) => new Search(modelOf(pgdLock, { variant: 'plain-lock', cpus: 3 }, learned), { states: 1e6, bytes: 1e9 }),
  );
  const endings: boolean[] = [];
  while (!search.isComplete) {
    search.advance(500);
    endings.push(search.isEnding);
  }
  const first = endings.indexOf(true);
  t.true(first > endings.length / 2, `${first} of ${endings.length}`);
  t.true(endings.slice(first).every(Boolean));
});
