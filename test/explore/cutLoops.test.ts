/**
 * Goal: where a loop of the race makes a search BOUNDED, its line is named if marking the loop can help, and no other line is.
 * Method: loops whose tries are alike, which are unmarked, marked, marked with a count that grows for ever, or inside a marked one; a loop over
 * many words. The actor notes the line that it is at.
 */
import test from 'ava';
import { exploreStates, type Exploration } from '../../lib/explore/explore.js';
import {
  READ_ONCE,
  WRITE_ONCE,
  beginRetries,
  cmpxchg,
  defineRace,
  lines,
  nextTry,
  struct,
  type Cpu,
} from '../../lib/sdk/index.js';
import type { ActorRace } from '../../lib/race/race.js';

const STATE = struct({ words: lines(300), stop: lines(1) });

/** Frames of the lines at which loops begin, as stacks have them. */
const noted = new Map<string, string>();

/** Notes the line of the caller under a name. */
function note(name: string): void {
  const [, , frame = ''] = (new Error('here').stack ?? '').split('\n');
  noted.set(name, /([^/]+:\d+):\d+\)?$/.exec(frame)?.[1] ?? frame);
}

/** A try that fails as long as another CPU has not stopped it, and is seen by others. */
function attempt(cpu: Cpu, at: number, seen: number): boolean {
  WRITE_ONCE(cpu, at + STATE.words, 1);
  return READ_ONCE(cpu, at + seen) !== 0;
}

const LOOPS: Readonly<Record<string, (cpu: Cpu, at: number) => void>> = {
  unmarked: (cpu, at) => {
    // oxfmt-ignore
    for (;;) { note('unmarked'); if (attempt(cpu, at, STATE.stop)) break; }
  },
  cmpxchg: (cpu, at) => {
    for (let old = 0; ;) {
      // oxfmt-ignore
      const found = (note('cmpxchg'), cmpxchg(cpu, at + STATE.words, old, old + 1));
      if (READ_ONCE(cpu, at + STATE.stop) !== 0) break;
      old = found;
    }
  },
  marked: (cpu, at) => {
    for (const tries = beginRetries(cpu); ;) {
      nextTry(cpu, tries);
      if (attempt(cpu, at, STATE.stop)) break;
    }
  },
  counts: (cpu, at) => {
    const tries = beginRetries(cpu);
    for (let n = 0; ; n++) {
      nextTry(cpu, tries, n);
      if (attempt(cpu, at, STATE.stop)) break;
    }
  },
  inner: (cpu, at) => {
    const tries = beginRetries(cpu);
    for (let n = 0; n < 2; n++) {
      nextTry(cpu, tries, n);
      // oxfmt-ignore
      for (;;) { note('inner'); if (attempt(cpu, at, STATE.stop)) break; }
    }
  },
  words: (cpu, at) => {
    for (let i = 0; i < 300; i++) WRITE_ONCE(cpu, at + STATE.words + i, 1);
  },
};

const exploring = async (name: string, accesses = 60): Promise<Exploration> => {
  const race = defineRace({
    name: 'loops-that-are-cut',
    state: STATE,
    cpus: { min: 2, default: 2 },
    variants: { any: {} },
    signatures: { wrong: 'something' },
    actors: {
      tries: (cpu, at) => LOOPS[name](cpu, at),
      stops: (cpu, at) => WRITE_ONCE(cpu, at + STATE.stop, 1),
    },
  });
  return await exploreStates(
    { race: race as unknown as ActorRace, variant: 'any', knobs: {}, cpus: 2, memory: 'sc' },
    { states: 100_000, bytes: 1e9, accesses, interrupts: 2 },
    { signal: new AbortController().signal, pause: async () => {} },
  );
};

for (const [name, depth] of [
  ['unmarked', 1],
  ['cmpxchg', 0],
  ['inner', 1],
] as const)
  test(`a loop that says nothing: ${name}`, async (t) => {
    const { verdict, found, cutLoops } = await exploring(name);
    t.is(verdict, 'BOUNDED');
    t.true(found.cuts > 0);
    t.is(cutLoops.length, 1);
    const frames = cutLoops[0].split(' < ');
    t.true(frames[depth].includes(`${noted.get(name)}:`), `${cutLoops[0]} and not ${noted.get(name)}`);
    t.is(frames.length, depth + 2);
    t.true(frames[0].includes('cutLoops.test.'));
  });

test('a loop whose iterations are marked is no reason, whatever it carries', async (t) => {
  const { verdict, found, cutLoops } = await exploring('counts');
  t.is(verdict, 'BOUNDED');
  t.true(found.cuts > 0);
  t.deepEqual(cutLoops, []);
});

test('a loop over many words is no reason', async (t) => {
  const { found, cutLoops } = await exploring('words');
  t.true(found.cuts > 0);
  t.deepEqual(cutLoops, []);
});

test('what is not cut has no reason: the loop is marked, or its words are few enough', async (t) => {
  for (const { verdict, found, cutLoops } of [await exploring('marked'), await exploring('words', 500)]) {
    t.is(found.cuts, 0);
    t.deepEqual(cutLoops, []);
    t.not(verdict, 'BOUNDED');
  }
});
