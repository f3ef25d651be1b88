/** What pfnmap-munmap says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { indexes, oneOf, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';

const STEPS = ['M1', 'M2', 'M3', 'M4', 'D1', 'D2', 'D3', 'U1', 'U2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_ZAPPED', 'W_UNLINKED', 'W_USED'] as const;
export const W = indexes(WINDOWS);

const FORCED =
  'b67fbebd4cf9 "mmu_gather: Force tlb-flush VM_PFNMAP vmas" (5.19, CVE-2022-39188); for stable kernels 895428ee124a';
const NESTED = '99baac21e458 "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem" (4.14)';

const FAILS: Expectation = { fails: STALE_ACCESS };
/** With one VMA the first one is all there is. */
const ONE_VMA: Expectation = { when: { vmas: '1' } };

export const ABOUT = {
  name: 'pfnmap-munmap',
  question: 'Does a thread use a frame of a driver, after the driver has taken it from all mappings that it can find?',
  group: 'TLB flushes',
  year: '2022',
  mail: '',
  commits: ['b67fbebd4cf9', '895428ee124a'],
  explain: `A driver maps frames of its own into a process (VM_PFNMAP: no struct page, no reference counts). To take a frame back it calls
unmap_mapping_range(), which visits every VMA that is listed for the file (D1), and then it uses the frame for something else (D3, CPU 1).

CPU 0 calls munmap() meanwhile: it clears the PTEs (M1), takes the VMAs off that list (M3), and flushes at the very end (M4). Between the
last two, the driver finds no VMA, has nothing to unmap and nothing to flush, and gives the frame away, which a thread still reaches
through its TLB (buggy; U1, U2).

- The fix flushes before it takes such a VMA off the list (M2). While it is on the list, the driver visits the mm: it finds the PTE
  empty, but sees that somebody else has changed PTEs and not flushed yet (mm->tlb_flush_pending), and flushes itself (D2). Without that
  counting (no-nested, as before 4.14) the early flush would not be enough.
- The first version for stable kernels looked at the first of the VMAs that munmap() removes, and at no other (flush-first-vma, with vmas=2,
  where the second one is the driver's). H. Dickins noticed.

Source: texts of the stable commits by J. Horn, and R. Gushchin's of 2025, which moves the flush to free_pgtables(). Left out: mmap_lock, which
unmap_mapping_range() does not take; frames that fault in again; the lists of several processes.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [STALE_ACCESS]: 'a frame is freed that a TLB still translates, or is used through such a translation (I17)',
  },
  knobs: {
    vmas: oneOf([1, 2], "VMAs that munmap() removes; the last one is the driver's"),
  },
  variants: {
    buggy: {
      about: 'the TLBs are flushed when all VMAs are off the list',
      source: 'mm/mmap.c, until 5.18',
      expects: [FAILS],
    },
    'flush-first-vma': {
      about: 'they are flushed before, if the first VMA is one of a driver',
      source: '895428ee124a, as it was at first in the stable kernels',
      needs: { vmas: '2' },
      expects: [ONE_VMA, FAILS],
    },
    'no-nested': {
      about: 'they are flushed before, and nobody counts flushes that are pending',
      source: `${FORCED} without ${NESTED} (analysis)`,
      expects: [FAILS],
    },
    'flush-before-unlink': {
      about: 'they are flushed before a VMA of a driver comes off the list',
      source: FORCED,
      expects: [{}],
    },
  },
  merged: 'flush-before-unlink',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'the first version for stable kernels', variant: 'flush-first-vma' },
    { name: 'the first version for stable kernels, one VMA', variant: 'flush-first-vma', knobs: { vmas: '1' } },
    { name: 'pending flushes are not counted', variant: 'no-nested' },
    { name: 'merged fix', variant: 'flush-before-unlink' },
    { name: 'merged fix, two VMAs', variant: 'flush-before-unlink', knobs: { vmas: '2' } },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
