/**
 * Goal: the rows of the built-in races have as many states as is known, and fail as they are expected to, with the fewest preemptions.
 * Method: numbers of states that another search of the same actors has counted (pgd-lock), and that this one has; each row that takes
 * milliseconds. Slow ones are searched by `bench`.
 */
import test from 'ava';
import pgdLock from '../../stress/pgd-lock/race.js';
import xenPin from '../../stress/xen-pin/race.js';
import numaProtnone from '../../stress/numa-protnone/race.js';
import hashBatch from '../../stress/hash-batch/race.js';
import lazyMmu from '../../stress/lazy-mmu/race.js';
import batchedUnmap from '../../stress/batched-unmap/race.js';
import gupFast from '../../stress/gup-fast/race.js';
import mremap from '../../stress/mremap/race.js';
import pfnmapMunmap from '../../stress/pfnmap-munmap/race.js';
import shouldFlush from '../../stress/should-flush/race.js';
import uffdWp from '../../stress/uffd-wp/race.js';
import vmaLockFork from '../../stress/vma-lock-fork/race.js';
import zapMkclean from '../../stress/zap-mkclean/race.js';
import { Layers, type LayersLimits } from '../../lib/explore/layers.js';
import { learning } from '../../lib/explore/trees/learned.js';
import { expectedOf } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { ActorRace } from '../../lib/race/race.js';
import { layered, modelOf, searched } from './searched.js';

/** States by race and row, and the fewest preemptions that its failure needs: null for a row that holds. */
const KNOWN: Readonly<Record<string, readonly [states: number, preemptions: number | null]>> = {
  'pgd-lock, buggy, single PTE lock': [224, 0],
  'pgd-lock, buggy, 3 CPUs, the third owes the acknowledgement': [994, 0],
  'pgd-lock, merged fix': [721, null],
  'pgd-lock, unlock first, PTE cleared by munmap': [8697, 1],
  'pgd-lock, rwlock, writers spin with interrupts off, 3 CPUs': [16_652, 0],
  'pgd-lock, merged fix, pgd_free in a softirq': [2556, 0],
  'pgd-lock, merged fix, VM_BUG_ON, pgd_free in a softirq': [1256, 0],
  'pgd-lock, merged fix, VM_BUG_ON, nobody frees in an interrupt': [721, null],
  'pgd-lock, spin_lock_bh, pgd_free in a softirq': [12_193, null],
  'pgd-lock, spin_lock_bh, pgd_free in an interrupt': [2400, 0],
  'pgd-lock, a kworker frees, pgd_free in a softirq': [11_624, null],
  'pgd-lock, a kworker frees, pgd_free in an interrupt': [10_865, null],
  'xen-pin, buggy, split PTE locks': [978, 1],
  'xen-pin, merged fix, fork, flush by hypercall': [742, null],
  'xen-pin, merged fix, exit, flush by IPI': [1666, 0],
  'xen-pin, buggy, PAE as in the oops': [1213, 1],
  'xen-pin, buggy, execve': [978, 1],
  'xen-pin, buggy, bare hardware: visible early': [99, null],
  'xen-pin, merged fix, PAE, vmalloc_sync_all with page_table_lock': [190, null],
  'xen-pin, merged fix, PAE, vmalloc_sync_all without page_table_lock': [670, 1],
  'xen-pin, mail #1 on bare hardware, hardware sets D': [73, 1],
  'xen-pin, mail #2 on bare hardware, hardware sets D': [77, null],
  'xen-pin, mail #3, pinned first': [589, null],
  'xen-pin, mail #3, pinned first, truncate': [1107, null],
  'numa-protnone, a9c8e4be, scanner': [2198, null],
  'numa-protnone, 3.12.7, a zap before the hinting fault': [2110, 1],
  'numa-protnone, 3.12.7, native': [1197, null],
  'numa-protnone, 3.12.7, native, scanner': [2194, null],
  'numa-protnone, 3.12.6, mprotect': [1159, null],
  'numa-protnone, 3.12.6, scanner': [2110, 1],
  "numa-protnone, the mail's design, touched in a PROT_NONE VMA": [1235, null],
  'hash-batch, full rights, page freed with the lock': [1186, 1],
  'hash-batch, flush of the primary group': [2174, 0],
  'hash-batch, mremap, merged': [2482, null],
  'hash-batch, mremap, flush without tlbie': [799, 1],
  'hash-batch, fork write-protects, merged': [3180, null],
  'hash-batch, fork write-protects, flush without tlbie': [890, 1],
  'hash-batch, rmap takes a page, merged': [1907, null],
  'hash-batch, rmap takes a page, flush without tlbie': [575, 1],
  'hash-batch, sparc64, batch until the end': [1428, null],
  'hash-batch, sparc64, batch until the end, page freed with the lock': [379, 1],
  'hash-batch, sparc64, mprotect, batch until the end': [1129, null],
  'hash-batch, software TLB, blind refill': [1513, 2],
  'hash-batch, software TLB, blind refill, merged': [1035, null],
  'hash-batch, software TLB, refill with a probe': [1615, null],
  'hash-batch, software TLB, refill behind a demap': [1531, null],
  'hash-batch, one lock over the gather': [3317, null],
  'hash-batch, one lock over the gather, mprotect': [9012, 1],
  'lazy-mmu, early xen_mc_batch, rules hold': [1514, null],
  'lazy-mmu, flush, R1 broken': [7338, 1],
  'lazy-mmu, PTE copy, swap_map in lazy mode, flush': [47_502, null],
  'lazy-mmu, PTE copy, kmap in copy_one_pte': [19_975, 0],
  'batched-unmap, buggy, mprotect': [2441, 1],
  'batched-unmap, merged fix': [4256, null],
  'gup-fast, the PMD is looked at again': [409, 1],
  'gup-fast, merged fix, flush by IPI': [582, null],
  'mremap, flush with both locks': [15_047, null],
  'mremap, merged fix, a whole page table': [2209, null],
  'pfnmap-munmap, buggy': [3896, 1],
  'pfnmap-munmap, merged fix': [26_988, null],
  'vma-lock-fork, one look at the numbers': [624, 2],
  'vma-lock-fork, merged fix': [621, null],
  'zap-mkclean, flush with the lock held': [1934, 1],
  'zap-mkclean, merged fix': [1279, null],
  'uffd-wp, flush under the PTE lock': [6760, null],
  'should-flush, until 6.13: the mask says who has it loaded': [3704, null],
  'should-flush, the first fix, in the order of the stable kernels': [4842, 1],
  'should-flush, the first fix, in the order of 6.15': [4320, null],
};

function rowsOf<C>(race: ActorRace<C>): void {
  for (const { name, variant, knobs = {}, cpus = race.cpus.default } of race.rows) {
    const known = KNOWN[`${race.name}, ${name}`];
    if (known === undefined) continue;
    test(`${race.name}, ${name}`, (t) => {
      const [states, preemptions] = known;
      const { found } = searched(race, { variant, knobs, cpus });
      const { fails, alsoFails } = expectedOf(race, variant, knobsFor(race, variant, knobs));
      t.is(found.states, states);
      t.is(found.cuts, 0);
      t.deepEqual(
        [...found.failures.keys()].filter((signature) => signature !== fails && !alsoFails.includes(signature)),
        [],
      );
      t.is(found.failures.has(fails ?? ''), preemptions !== null);
      if (fails === null) return;
      const witness = layered(race, { variant, knobs, cpus }, [fails]).witnesses.get(fails);
      t.is(witness?.preemptions, preemptions ?? undefined);
    });
  }
}

rowsOf(pgdLock);
rowsOf(xenPin);
rowsOf(numaProtnone);
rowsOf(hashBatch);
rowsOf(lazyMmu);
rowsOf(batchedUnmap);
rowsOf(gupFast);
rowsOf(mremap);
rowsOf(pfnmapMunmap);
rowsOf(shouldFlush);
rowsOf(uffdWp);
rowsOf(vmaLockFork);
rowsOf(zapMkclean);

test('a layer that would have too many states is not begun, where only whole ones are asked for', (t) => {
  const row = { variant: 'pte-lock', knobs: { path: 'fork-exit' }, cpus: 2 };
  const layersWithin = (limits: LayersLimits): Layers =>
    learning((learned) => {
      const layers = new Layers(modelOf(xenPin, row, learned), limits, null);
      while (!layers.isOver) layers.advance(100);
      return layers;
    });
  const all = layersWithin({ states: 1_000_000, bytes: 1e9, wholeLayers: true });
  const { found } = searched(xenPin, row);
  t.is(all.states, found.states);
  const limits = { states: all.states - 100, bytes: 1e9 };
  const [parts, whole] = [layersWithin(limits), layersWithin({ ...limits, wholeLayers: true })];
  t.true(whole.complete >= 1 && whole.complete <= parts.complete);
  t.is(parts.states, limits.states);
  t.true(whole.states < parts.states);
});
