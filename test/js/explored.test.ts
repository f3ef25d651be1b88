/**
 * Goal: a search of all states of Atomics code meets the ends that exist and no other, and finds a trial without an end where there is one.
 * Method: small programs of two and three threads, drawn at random, run by the search and by a model of their own that tries all
 * interleavings; both must have the same ends.
 */

import test from 'ava';
import type { Exploration } from '../../lib/explore/explore.js';
import { hammer } from '../../lib/js/index.js';
import { draw } from '../../lib/machine/random.js';
import { exploreVariant } from '../../lib/run/explore.js';
import { EXPLORE_LIMITS } from '../../lib/run/exploreRequest.js';
import { exploreRace } from '../harness/exploredRace.js';

/** An operation of a program: on a word, with two values. */
type Op = readonly [
  name: 'load' | 'store' | 'add' | 'exchange' | 'cas' | 'wait' | 'timed' | 'notify',
  word: number,
  a: number,
  b: number,
];
type Program = readonly (readonly Op[])[];

const WORDS = 2;

/** Runs one thread's operations; returns what they have returned. */
function runOps(words: Int32Array, ops: readonly Op[]): string {
  const found: unknown[] = [];
  for (const [name, word, a, b] of ops) {
    if (name === 'load') found.push(Atomics.load(words, word));
    else if (name === 'store') Atomics.store(words, word, a);
    else if (name === 'add') found.push(Atomics.add(words, word, a));
    else if (name === 'exchange') found.push(Atomics.exchange(words, word, a));
    else if (name === 'cas') found.push(Atomics.compareExchange(words, word, a, b));
    else if (name === 'wait') found.push(Atomics.wait(words, word, a));
    else if (name === 'timed') found.push(Atomics.wait(words, word, a, 5));
    else found.push(Atomics.notify(words, word, a));
  }
  return found.join(' ');
}

/** Returns the ends that the search has met, `stuck` among them. */
async function searched(program: Program): Promise<string[]> {
  const ends = new Set<string>();
  const race = hammer({
    name: 'program',
    share: () => new Int32Array(new SharedArrayBuffer(4 * WORDS)),
    actors: Object.fromEntries(program.map((ops, i) => [`t${i}`, ({ state }) => runOps(state as Int32Array, ops)])),
    after: ({ state, results }) => void ends.add(`${[...(state as Int32Array)].join()} ${results.join('|')}`),
  });
  const { found, verdict } = await exploreRace(race);
  if ((verdict === 'PROVED') !== (found.failures.size === 0))
    throw new Error(`${verdict} with ${found.failures.size} failures`);
  if (found.failures.size > 0) ends.add('stuck');
  return [...ends].toSorted();
}

/** A thread of the model: the next operation, what the ones before have returned, and whether it sleeps, or slept and was woken. */
interface Thread {
  readonly at: number;
  readonly found: readonly string[];
  readonly sleeps: 'no' | 'asleep' | 'woken';
}

interface State {
  readonly words: readonly number[];
  readonly threads: readonly Thread[];
  /** Threads asleep on each word, in order. */
  readonly lists: readonly (readonly number[])[];
}

/** Returns the ends that all interleavings have. */
function modelled(program: Program): string[] {
  const ends = new Set<string>();
  const seen = new Set<string>();
  const walk = (state: State): void => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.add(key);
    const next = program.flatMap((ops, t) => movesOf(state, t, ops));
    for (const one of next) walk(one);
    const isOver = state.threads.every(({ at }, t) => at === program[t].length);
    if (isOver) ends.add(`${state.words.join()} ${state.threads.map(({ found }) => found.join(' ')).join('|')}`);
    else if (next.length === 0) ends.add('stuck');
  };
  const threads = program.map((): Thread => ({ at: 0, found: [], sleeps: 'no' }));
  walk({ words: Array.from({ length: WORDS }, () => 0), threads, lists: Array.from({ length: WORDS }, () => []) });
  return [...ends].toSorted();
}

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((one, i) => (i === at ? value : one));

/** Returns the state behind the next operation of a thread; none where it cannot go on. */
function movesOf({ words, threads, lists }: State, t: number, ops: readonly Op[]): State[] {
  const { at, found, sleeps } = threads[t];
  if (at === ops.length) return [];
  const [name, word, a, b] = ops[at];
  const value = words[word];
  const on = (result: string | number | undefined, stored = value, on_ = lists, others = threads): State => ({
    words: replaced(words, word, stored),
    threads: replaced(others, t, {
      at: at + 1,
      found: result === undefined ? found : [...found, String(result)],
      sleeps: 'no',
    }),
    lists: on_,
  });
  if (sleeps === 'woken') return [on('ok')];
  if (sleeps === 'asleep') {
    if (name === 'wait') return [];
    return [
      on(
        'timed-out',
        value,
        replaced(
          lists,
          word,
          lists[word].filter((one) => one !== t),
        ),
      ),
    ];
  }
  switch (name) {
    case 'load':
      return [on(value)];
    case 'store':
      return [on(undefined, a)];
    case 'add':
      return [on(value, value + a)];
    case 'exchange':
      return [on(value, a)];
    case 'cas':
      return [on(value, value === a ? b : value)];
    case 'notify': {
      const woken = lists[word].slice(0, a);
      const others = threads.map((one, i): Thread => (woken.includes(i) ? { ...one, sleeps: 'woken' } : one));
      return [on(woken.length, value, replaced(lists, word, lists[word].slice(a)), others)];
    }
    default: {
      if (value !== a) return [on('not-equal')];
      const asleep = replaced(threads, t, { at, found, sleeps: 'asleep' } as const);
      return [{ words, threads: asleep, lists: replaced(lists, word, [...lists[word], t]) }];
    }
  }
}

const NAMES = ['load', 'store', 'add', 'exchange', 'cas', 'wait', 'timed', 'notify', 'notify', 'wait'] as const;

function drawnProgram(seed: number): Program {
  let n = 0;
  const below = (limit: number): number => draw(seed, 7, n++) % limit;
  const threads = 2 + below(2);
  return Array.from({ length: threads }, () =>
    Array.from({ length: 2 + below(threads === 2 ? 3 : 2) }, (): Op => {
      const name = NAMES[below(NAMES.length)];
      return [name, below(WORDS), name === 'notify' ? 1 + below(2) : below(2), 1 + below(2)];
    }),
  );
}

/** The one who sleeps first is woken first: the second one can only sleep behind the addition, and the notification is behind that as well. */
const IN_ORDER: Program = [
  [['wait', 0, 0, 0]],
  [['timed', 0, 1, 0]],
  [
    ['add', 0, 1, 0],
    ['notify', 0, 1, 0],
  ],
];

test('the search and a model of all interleavings have the same ends', async (t) => {
  let stuck = 0;
  let ends = 0;
  const programs = [IN_ORDER, ...Array.from({ length: 45 }, (_, seed) => drawnProgram(seed))];
  for (const program of programs) {
    const expected = modelled(program);
    t.deepEqual(await searched(program), expected, JSON.stringify(program));
    if (expected.includes('stuck')) stuck++;
    ends += expected.length;
  }
  t.true(stuck > 8 && stuck < 38, `${stuck}`);
  t.true(ends > 150, `${ends}`);
});

let calls = 0;

type Actor = (context: { state: Int32Array; check: (holds: boolean, message: string) => void }) => unknown;

/** Explores two actors on some words; `share` is what they share. */
async function exploreActors(first: Actor, second: Actor, more: object = {}): Promise<Exploration> {
  const race = hammer({
    name: 'pair',
    share: () => new Int32Array(new SharedArrayBuffer(16)),
    names: ['zero', 'one', 'two', 'three'],
    actors: { first, second } as never,
    ...more,
  });
  return exploreRace(race);
}

const stores: Actor = ({ state }) => void Atomics.store(state, 0, 7);
const REFUSED: Readonly<Record<string, readonly [Actor, Actor, RegExp]>> = {
  'a plain store': [
    ({ state }) => {
      Atomics.load(state, 0);
      state[1] = 3;
      Atomics.load(state, 2);
    },
    stores,
    /thread 0 \(first\) stores one without an operation of Atomics .*explored\.test\.(?:js|ts):\d+:\d+/,
  ],
  'a plain store behind the last operation': [
    ({ state }) => {
      Atomics.load(state, 0);
      state[1] = 3;
    },
    stores,
    /thread 0 \(first\) stores one without an operation of Atomics that is seen, behind its last one: /,
  ],
  'a plain store of what is there': [({ state }) => void (state[0] = 0), stores, /\(first\) stores zero without/],
  'a plain load of what another stores': [
    ({ state }) => void (state[0] === 7 && Atomics.store(state, 1, 1)),
    stores,
    /is no function of what it reads/,
  ],
  'a plain load of what it has stored itself': [
    ({ state }) => {
      Atomics.store(state, 3, 5);
      if (state[3] === 5) Atomics.store(state, 1, 1);
    },
    stores,
    /is no function of what it reads/,
  ],
  'a plain load for the result': [({ state }) => state[0], stores, /is no function of what it reads/],
  'a random number': [
    ({ state }) => void Atomics.store(state, 1, Math.floor(Math.random() * 1e9)),
    stores,
    /is no function/,
  ],
  'a count of its runs': [
    ({ state }) => void Atomics.store(state, 1, ++calls),
    stores,
    /having read the same values it made/,
  ],
};

for (const [what, [first, second, message]] of Object.entries(REFUSED))
  test(`${what} is refused, with what and where`, async (t) => {
    const after = ({ results }: { results: readonly unknown[] }): boolean => results[0] !== 9;
    await t.throwsAsync(exploreActors(first, second, { after }), { name: 'ExploreRefusal', message });
  });

test('what no search sees is refused: async actors, threads beside them, memory of WebAssembly', async (t) => {
  const other = (): void => {};
  await t.throwsAsync(
    exploreActors(async () => {}, other),
    { message: /its actors are async/ },
  );
  await t.throwsAsync(exploreActors(other, other, { outside: true }), { message: /threads beside its actors/ });
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (size: object) => object } };
  const share = (): object => ({ memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }) });
  await t.throwsAsync(exploreActors(other, other, { share, before() {} }), { message: /WebAssembly\.Memory/ });
  let n = 0;
  const before = ({ state }: { state: Int32Array }): number => (state[0] = n++);
  await t.throwsAsync(exploreActors(stores, stores, { before }), { message: /before\(\) leaves other memory/ });
});

const FAILING: Readonly<Record<string, readonly [string, Actor, Actor]>> = {
  'an endless loop': [
    'livelock',
    ({ state }) => {
      while (Atomics.load(state, 1) === 0);
    },
    () => {},
  ],
  'an endless loop of waits with a time': [
    'livelock',
    ({ state }) => {
      while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0, 10);
    },
    stores,
  ],
  'a timer': ['async-code', () => void setTimeout(() => {}, 1), stores],
  'a promise': ['async-code', () => void Promise.resolve(), stores],
  'an exception': [
    'actor-threw',
    ({ state }) => {
      if (Atomics.load(state, 0) === 7) throw new Error('seven');
    },
    stores,
  ],
  'a check': ['check-failed', ({ state, check }) => check(Atomics.load(state, 0) === 0, 'it is not'), stores],
};

for (const [what, [signature, first, second]] of Object.entries(FAILING))
  test(`${what} fails as ${signature}`, async (t) => {
    const { verdict, found } = await exploreActors(first, second);
    t.is(verdict, 'FAILS');
    t.deepEqual([...found.failures.keys()], [signature]);
  });

test('outcomes are all that any order has; a required one that none has is not as expected', async (t) => {
  const race = hammer({
    name: 'x',
    share: () => new Int32Array(new SharedArrayBuffer(4)),
    threads: { add: 2 },
    actors: { add: ({ state }) => Atomics.add(state, 0, 1) },
    outcomes: { '0, 1': 'required', '1, 0': 'accepted', '1, 1': 'required' },
  });
  const named = { race: race as never, url: import.meta.url, typed: 'x' };
  const request = {
    variant: 'code',
    knobs: {},
    cpus: 2,
    memory: 'sc',
    limits: EXPLORE_LIMITS,
    evidence: null,
  } as const;
  const { verdict, agrees, outcomes } = await exploreVariant(named, request, { signal: new AbortController().signal });
  t.is(verdict, 'PROVED');
  t.false(agrees);
  t.deepEqual(outcomes, [
    { outcome: '0, 1', grade: 'required', met: true },
    { outcome: '1, 0', grade: 'accepted', met: true },
    { outcome: '1, 1', grade: 'required', met: false },
  ]);
});

test('store buffers are refused: operations of Atomics have none', async (t) => {
  const race = hammer({ name: 'x', share: () => new Int32Array(new SharedArrayBuffer(8)), actors: { a() {}, b() {} } });
  const named = { race: race as never, url: import.meta.url, typed: 'x' };
  const request = {
    variant: 'code',
    knobs: {},
    cpus: 2,
    memory: 'tso',
    limits: EXPLORE_LIMITS,
    evidence: null,
  } as const;
  const { signal } = new AbortController();
  await t.throwsAsync(exploreVariant(named, request, { signal }), {
    message: /^--memory tso: x is a test of JavaScript code/,
  });
});

test('loops that end, and code that catches what is thrown through it, are proved', async (t) => {
  const spins: Actor = ({ state }) => {
    while (Atomics.load(state, 0) !== 7) Atomics.wait(state, 0, 0, 10);
    for (let tries = 0; tries < 2; tries++)
      try {
        Atomics.add(state, 1, 1);
      } catch {
        // What a search throws through it is none of its exceptions.
      }
  };
  const after = ({ state }: { state: Int32Array }): boolean => state[0] === 7 && state[1] === 2;
  t.is((await exploreActors(spins, stores, { after })).verdict, 'PROVED');
});

test('a loop that counts its time-outs is followed to its end; a lock that is tried again and again is proved', async (t) => {
  const counts: Actor = ({ state, check }) => {
    for (let i = 0; i < 20; i++) if (Atomics.wait(state, 0, 0, 5) !== 'timed-out') return;
    check(false, 'gave up');
  };
  t.deepEqual([...(await exploreActors(counts, stores)).found.failures.keys()], ['check-failed']);
  const locks: Actor = ({ state }) => {
    while (Atomics.exchange(state, 0, 1) !== 0);
    Atomics.store(state, 1, Atomics.load(state, 1) + 1);
    Atomics.store(state, 0, 0);
  };
  const after = ({ state }: { state: Int32Array }): boolean => state[1] === 2;
  t.is((await exploreActors(locks, locks, { after })).verdict, 'PROVED');
});

test('elements of every kind are stored and read as the engine has them', async (t) => {
  const ends = new Set<string>();
  const share = (): object => {
    const buffer = new SharedArrayBuffer(64);
    return { bytes: new Uint8Array(buffer), shorts: new Int16Array(buffer, 8), bigs: new BigInt64Array(buffer, 16) };
  };
  type Kinds = { bytes: Uint8Array; shorts: Int16Array; bigs: BigInt64Array };
  const first = ({ state: { bytes, shorts, bigs } }: { state: Kinds }): string => {
    Atomics.store(bytes, 1, 300);
    Atomics.sub(shorts, 1, 5);
    Atomics.compareExchange(bigs, 1, 0n, 2n ** 40n);
    return `${Atomics.load(bytes, 2)} ${Atomics.load(bigs, 1)}`;
  };
  const second = ({ state: { bytes, bigs } }: { state: Kinds }): string => {
    Atomics.add(bytes, 2, 255);
    return String(Atomics.exchange(bigs, 1, -1n));
  };
  const after = ({ state, results }: { state: Kinds; results: readonly unknown[] }): void =>
    void ends.add(`${state.bytes[1]} ${state.bytes[2]} ${state.shorts[1]} ${state.bigs[1]}: ${results.join(', ')}`);
  const { verdict } = await exploreActors(first as never, second as never, { share, after, names: {} });
  t.is(verdict, 'PROVED');
  const big = 2n ** 40n;
  const found = [`0 ${big}, ${big}`, `0 -1, ${big}`, `255 ${big}, ${big}`, `255 -1, ${big}`, '255 -1, 0'];
  t.deepEqual([...ends].toSorted(), found.map((one) => `44 255 -5 -1: ${one}`).toSorted());
});
