/**
 * Goal: what an exploration prints belongs to the search that it names: which were made, what each has met, and what ended it.
 * Method: the counts of a search by preemptions are those of all states; races that are too large for a limit are explored, up to it and up to an
 * interrupt in each part; what is cut behind few preemptions is counted where all states were given up before.
 */
import test from 'ava';
import pgdLock from '../../stress/pgd-lock/race.js';
import shouldFlush from '../../stress/should-flush/race.js';
import vmaLockFork from '../../stress/vma-lock-fork/race.js';
import xenPin from '../../stress/xen-pin/race.js';
import { exploreStates, type ExploredSoFar, type Exploration } from '../../lib/explore/explore.js';
import { Layers } from '../../lib/explore/layers.js';
import type { FoundStates } from '../../lib/explore/search.js';
import { learning } from '../../lib/explore/trees/learned.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { ActorRace } from '../../lib/race/race.js';
import { LIMITS, modelOf, searched, type Asked } from './searched.js';

/** Returns what a search by preemptions has met that knows of no other one. */
function foundByPreemptions(race: ActorRace, asked: Asked): FoundStates {
  return learning((learned) => {
    const layers = new Layers(modelOf(race, asked, learned), LIMITS, null);
    while (!layers.isOver) layers.advance(1000);
    if (layers.end !== 'complete') throw new Error(`ended by ${layers.end}`);
    return layers.found;
  });
}

const COUNTED: readonly (readonly [race: ActorRace, asked: Asked])[] = [
  [pgdLock, { variant: 'buggy' }],
  [pgdLock, { variant: 'buggy', cpus: 3 }],
  [pgdLock, { variant: 'buggy', accesses: 12 }],
  [xenPin, { variant: 'buggy' }],
  [xenPin, { variant: 'pte-lock', knobs: { path: 'fork-exit' }, accesses: 30 }],
  [shouldFlush, { variant: 'switching-first' }],
] as never;

for (const [race, asked] of COUNTED)
  for (const memory of ['sc', 'tso'] as const)
    test(`by preemptions: ${race.name} ${JSON.stringify(asked)} ${memory}`, (t) => {
      const what = { ...asked, memory };
      const all = searched(race, what).found;
      const { bytes, estimate, orders, ...counts } = foundByPreemptions(race, what);
      t.true(bytes > 0 && estimate === null && Number.isNaN(orders));
      const { states, transitions, frontier, ends, stuckStates, failures, cuts, leftOut } = all;
      t.deepEqual(counts, { states, transitions, frontier, ends, stuckStates, failures, cuts, leftOut });
    });

const NO_LIMITS = { bytes: 1e9, accesses: 1000, interrupts: 2 };

/** Explores a race with at most so many states; `interrupts` says whether it is interrupted, given how far it has come. */
async function explored(
  race: unknown,
  { variant = 'buggy', knobs = {}, cpus = 2, ...limits }: Asked & { states: number },
  interrupts: (soFar: ExploredSoFar) => boolean = () => false,
): Promise<{ exploration: Exploration; seen: ExploredSoFar[] }> {
  const of = race as ActorRace;
  const abort = new AbortController();
  const seen: ExploredSoFar[] = [];
  const exploration = await exploreStates(
    { race: of, variant, knobs: knobsFor(of, variant, knobs), cpus, memory: 'sc' },
    { ...NO_LIMITS, ...limits },
    {
      signal: abort.signal,
      pause: async () => {},
      onProgress: (soFar) => {
        seen.push(soFar);
        if (interrupts(soFar)) abort.abort();
      },
    },
  );
  return { exploration, seen };
}

const PAGES_40 = { knobs: { pte_pages: '40' } };

test('too many states: what the search by preemptions has met is shown, and why either has ended', async (t) => {
  const { exploration } = await explored(xenPin, { ...PAGES_40, states: 60_000 });
  const [all, ordered] = exploration.searches;
  t.deepEqual(
    exploration.searches.map(({ by }) => by),
    ['states', 'preemptions'],
  );
  // An estimate comes after a second: a fast host has met as many states by then.
  t.true(all.end === 'estimate' ? all.found.states < 60_000 : all.end === 'states');
  t.is(ordered.end, 'states');
  t.true(ordered.found.states >= 60_000 && ordered.found.states < 60_010);
  t.is(exploration.found.states, ordered.found.states);
  t.is(exploration.found.transitions, ordered.found.transitions);
  t.is(exploration.found.estimate, all.found.estimate);
  t.true((exploration.preemptions ?? -1) >= 0);
  t.false(exploration.complete);
});

test('what the search by preemptions has cut is counted, though no cut was met before', async (t) => {
  const { exploration } = await explored(xenPin, { ...PAGES_40, states: 60_000, accesses: 200 });
  t.is(exploration.searches[0].found.cuts, 0);
  t.true(exploration.found.cuts > 0);
});

test('all states were met: no other search is made, or one for the orders', async (t) => {
  const ends = async (variant: string): Promise<unknown> =>
    (await explored(xenPin, { variant, states: 10_000 })).exploration.searches.map(({ by, end }) => `${by} ${end}`);
  t.deepEqual(await ends('pte-lock'), ['states complete']);
  t.deepEqual(await ends('buggy'), ['states complete', 'preemptions found']);
});

for (const [part, race, asked, count] of [
  ['states', vmaLockFork, { variant: 'start-write', cpus: 3, states: 700_000 }, 1],
  ['reduced', vmaLockFork, { variant: 'start-write', cpus: 3, states: 700_000 }, 2],
  ['preemptions', xenPin, { ...PAGES_40, states: 500_000 }, 2],
] as const)
  test(`an interrupt ends the part "${part}" with what it has met`, async (t) => {
    const { exploration, seen } = await explored(race, asked, ({ what }) => what === part);
    const last = seen[seen.length - 1];
    const { found, searches, interrupted, verdict } = exploration;
    t.is(last.what, part);
    t.is(seen.filter(({ what }) => what === part).length, 1);
    t.true(interrupted);
    t.is(verdict, 'BOUNDED');
    t.is(searches.length, count);
    t.deepEqual([searches[count - 1].by, searches[count - 1].end], [part, 'interrupt']);
    t.false(searches.some(({ end }) => end === 'complete'));
    t.is(found.states, last.found.states);
    t.is(found.transitions, last.found.transitions);
    t.is(last.preemptions !== null, part === 'preemptions');
    t.is(exploration.preemptions, part === 'preemptions' ? (last.preemptions ?? 0) - 1 : -1);
  });
