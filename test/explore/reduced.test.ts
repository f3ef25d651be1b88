/**
 * Goal: where orders are left out that only exchange unrelated steps, the verdict is that of all states; and it is only done where it may be.
 * Method: rows of built-in races are searched both ways; one is explored with too low a limit for all its states; a race with loops, one whose
 * tasks share a CPU and one with interrupt lines are refused. Random programs are in bruteForce.slow.test.ts and calls.slow.test.ts.
 */
import test from 'ava';
import pgdLock from '../../stress/pgd-lock/race.js';
import xenPin from '../../stress/xen-pin/race.js';
import mremap from '../../stress/mremap/race.js';
import uffdWp from '../../stress/uffd-wp/race.js';
import lazyMmu from '../../stress/lazy-mmu/race.js';
import hashBatch from '../../stress/hash-batch/race.js';
import batchedUnmap from '../../stress/batched-unmap/race.js';
import { exploreStates, type Exploration } from '../../lib/explore/explore.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { ActorRace } from '../../lib/race/race.js';
import { classesObstacle } from '../../lib/run/classes.js';
import { reducedOf, searched } from './searched.js';

const ROWS: readonly (readonly [race: ActorRace, row: string])[] = [
  [pgdLock, 'buggy, single PTE lock'],
  [pgdLock, 'buggy, 3 CPUs, the third owes the acknowledgement'],
  [pgdLock, 'unlock first, PTE cleared by munmap'],
  [pgdLock, 'merged fix, VM_BUG_ON, pgd_free in a softirq'],
  [pgdLock, 'rwlock, writers spin with interrupts off, 3 CPUs'],
  [xenPin, 'buggy, split PTE locks'],
  [xenPin, 'merged fix, exit, flush by IPI'],
  [xenPin, 'mail #3, pinned first, truncate'],
  [mremap, 'merged fix, a whole page table'],
  [uffdWp, 'flush under the PTE lock'],
  [batchedUnmap, 'buggy, munmap'],
] as never;

function askedOf(race: ActorRace, row: string) {
  const found = race.rows.find(({ name }) => name === row);
  if (found === undefined) throw new Error(`no row ${row}`);
  const { variant, knobs = {}, cpus = race.cpus.default } = found;
  return { variant, knobs, cpus };
}

for (const [race, row] of ROWS)
  test(`${race.name}, ${row}: fails and hangs as all states do`, (t) => {
    const asked = askedOf(race, row);
    const all = searched(race, asked);
    const { found, model } = reducedOf(race, asked);
    t.deepEqual([...(found?.failures.keys() ?? [])].toSorted(), [...all.found.failures.keys()].toSorted());
    t.is(found?.stuckStates, all.found.stuckStates);
    t.is(found?.cuts, 0);
    t.is(model.places.length, all.model.places.length);
    t.true((found?.states ?? Infinity) < all.found.states);
  });

test('what is cut counts', (t) => {
  const asked = { ...askedOf(pgdLock as never, 'merged fix'), accesses: 12 };
  const all = searched(pgdLock, asked);
  const { found } = reducedOf(pgdLock, asked);
  t.true(all.found.cuts > 0);
  t.true((found?.cuts ?? 0) > 0);
});

for (const [what, race, row] of [
  ['tasks that share a CPU', hashBatch, 'preemptible, batch per CPU'],
  ['tasks that exchange CPUs', lazyMmu, 'flush, rules hold'],
] as unknown as (readonly [string, ActorRace, string])[])
  test(`no order is left out: ${what}`, (t) => {
    t.is(reducedOf(race, askedOf(race, row)).found, null);
  });

async function explored(row: string, states: number): Promise<Exploration> {
  const race = pgdLock as unknown as ActorRace;
  const { variant, knobs, cpus } = askedOf(race, row);
  return exploreStates(
    { race, variant, knobs: knobsFor(race, variant, knobs), cpus, memory: 'sc' },
    { states, bytes: 1e9, accesses: 1000, interrupts: 2 },
    { signal: new AbortController().signal, pause: async () => undefined },
  );
}

test('a row with too many states for its limit is proved by those that stand for all', async (t) => {
  const { verdict, complete, reduced, preemptions, ...rest } = await explored(
    'rwlock, writers spin with interrupts off, 3 CPUs',
    4000,
  );
  t.deepEqual(
    { verdict, complete, reduced, preemptions },
    { verdict: 'FAILS', complete: true, reduced: true, preemptions: null },
  );
  t.is(rest.witnesses[0]?.signature, 'deadlock');
  t.is(
    classesObstacle({ verdict, complete, reduced, preemptions, ...rest }),
    'orders that only exchange unrelated steps were left out',
  );
  const holds = await explored('merged fix', 400);
  t.like(holds, { verdict: 'PROVED', complete: true, reduced: true, witnesses: [] });
  t.like(await explored('merged fix', 1000), { verdict: 'PROVED', complete: true, reduced: false });
  t.like(await explored('merged fix', 100), { verdict: 'BOUNDED', complete: false, reduced: false });
});
