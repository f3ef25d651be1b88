/**
 * Goal: each mutant of the built-in races does in all states what it is declared to do. Method: a search of those that take less than a
 * second; `verify --mutants` searches the others, and hammers all.
 */
import test from 'ava';
import pgdLock from '../../stress/pgd-lock/race.js';
import xenPin from '../../stress/xen-pin/race.js';
import batchedUnmap from '../../stress/batched-unmap/race.js';
import gupFast from '../../stress/gup-fast/race.js';
import lazyMmu from '../../stress/lazy-mmu/race.js';
import mremap from '../../stress/mremap/race.js';
import numaProtnone from '../../stress/numa-protnone/race.js';
import pfnmapMunmap from '../../stress/pfnmap-munmap/race.js';
import shouldFlush from '../../stress/should-flush/race.js';
import vmaLockFork from '../../stress/vma-lock-fork/race.js';
import zapMkclean from '../../stress/zap-mkclean/race.js';
import { requireActors } from '../../lib/race/kinds.js';
import { withMutants } from '../../lib/race/mutants.js';
import type { ActorRace } from '../../lib/race/race.js';
import { searched } from './searched.js';

/** Three CPUs: a million states. */
const LARGE = ['batched-unmap, flag-for-counter'];

function mutantsOf<C>(race: ActorRace<C>): void {
  const all = requireActors(withMutants(race as unknown as ActorRace));
  for (const [variant, { fails, alsoFails = [], ...asked }] of Object.entries(race.mutants)) {
    if (LARGE.includes(`${race.name}, ${variant}`)) continue;
    const { cpus = race.cpus.default, memory = 'sc' } = asked;
    test(`${race.name}, ${variant}`, (t) => {
      const { found } = searched(all, { variant, cpus, memory });
      t.is(found.cuts, 0);
      const others = [...found.failures.keys()].filter((one) => one !== fails && !alsoFails.includes(one));
      t.deepEqual(others, []);
      t.is(found.failures.has(fails ?? ''), fails !== undefined);
    });
  }
}

mutantsOf(pgdLock);
mutantsOf(xenPin);
mutantsOf(batchedUnmap);
mutantsOf(gupFast);
mutantsOf(lazyMmu);
mutantsOf(mremap);
mutantsOf(numaProtnone);
mutantsOf(pfnmapMunmap);
mutantsOf(shouldFlush);
mutantsOf(vmaLockFork);
mutantsOf(zapMkclean);
