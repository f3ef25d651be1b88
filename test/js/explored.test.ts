/**
 * Goal: a search of all states of Atomics code refuses what it does not see, says how code fails, and proves what holds. That it meets the
 * ends that exist and no other, programs/programs.race.test.ts says.
 * Method: two actors on some words.
 */

import test from 'ava';
import type { Exploration } from '../../lib/explore/explore.js';
import { hammer } from '../../lib/js/index.js';
import { exploreVariant } from '../../lib/run/explore.js';
import { EXPLORE_LIMITS } from '../../lib/run/exploreRequest.js';
import { exploreRace } from '../harness/exploredRace.js';

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

test('a waitAsync that has no time waits for nobody, and takes no wake-up', async (t) => {
  const looks: Actor = ({ state }) => Atomics.waitAsync(state, 0, 0, 0).value;
  const wakes: Actor = ({ state }) => Atomics.notify(state, 0, 1);
  const { verdict } = await exploreActors(looks, wakes, { outcomes: { 'timed-out, 0': 'required' } });
  t.is(verdict, 'PROVED');
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
