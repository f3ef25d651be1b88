/** What mremap says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { choice, flag, indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';

const STEPS = ['M1', 'M2', 'M3', 'M4', 'T1', 'T2', 'T3', 'T4', 'U1', 'U2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_MOVED', 'W_WALKED', 'W_LOCKED', 'W_USED'] as const;
export const W = indexes(WINDOWS);

const FLUSH = 'eb66ae030829 "mremap: properly flush TLB before releasing the page" (4.19, CVE-2018-18281)';
const RMAP = '97113eb39fa7 "mm/mremap: hold the rmap lock in write mode when moving page table entries" (5.14)';

const FAILS: Expectation = { fails: STALE_ACCESS };
/** Dirty pages were flushed with both locks held before. */
const DIRTY: Expectation = { when: { dirty: '1', move: 'pte' }, twin: { variant: 'buggy', knobs: { dirty: '0' } } };
const BY_PMD: Expectation = { ...FAILS, when: { move: 'pmd' } };

export const ABOUT = {
  name: 'mremap',
  question:
    'Does a thread use a page through its old address, after mremap() has moved it and somebody else has freed it?',
  group: 'TLB flushes',
  year: '2018-2021',
  mail: '',
  commits: ['eb66ae030829', '97113eb39fa7'],
  explain: `CPU 0 moves a mapping: with the locks of both page tables it takes the PTE from the old address (M1) and puts it at the new one
(M2). It does not own the page. A CPU that walks the page's mappings meanwhile finds it at the new address, flushes that address,
and frees the page (T1 to T4, CPU 1: truncate, or reclaim). A translation of the old address that is flushed later (M4)
still leads to it: CPU 1 had used that address (U1), and uses it again (U2).

- Before 4.19 only dirty pages were flushed in time (dirty=1). The fix flushes all of them before it drops the locks (flush-locked). The
  old lock alone would do: the walker meets the old address first, and waits for its lock until the flush is over (flush-old-lock, analysis).
- Since 4.20 mremap() moves a whole page table by one PMD (move=pmd). It holds the lock of the PMD, and not that of the page table, and
  flushes the old address in time. A walker that has read the old PMD (W_WALKED) clears the PTE, flushes the old address, and frees the page. A
  thread that has used the new address in between keeps it: CPU 0, behind the move (U1, U2). Looking at the PMD again with the page table locked
  does not help, since the move does not need that lock (recheck-pmd, analysis). The fix takes the lock of the page's mappings for writing
  around the move (rmap-locked).

Source: commit texts. Left out: mmap_lock, which truncate does not take; PUDs; several pages; the case in which the walker meets the new
address before the old one, for which move_ptes() takes the rmap lock as well. The rmap lock is a spinlock here.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [STALE_ACCESS]: 'a page is freed that a TLB still translates, or is used through such a translation (I17)',
  },
  knobs: {
    move: choice(['pte', 'pmd'], 'what mremap() moves: a PTE, or a page table by its PMD, as it can since 4.20'),
    dirty: flag(false, 'the PTE is dirty: 4.9 to 4.18 flushed that with both locks held'),
  },
  variants: {
    buggy: {
      about: 'the old address is flushed when the locks are dropped',
      source: 'mm/mremap.c, until 4.18; with move=pmd as in 4.20 to 5.13',
      expects: [DIRTY, FAILS],
    },
    'flush-old-lock': {
      about: 'it is flushed with the old lock held, behind the new one',
      source: `less than ${FLUSH} (analysis)`,
      expects: [BY_PMD, {}],
    },
    'flush-locked': {
      about: 'it is flushed with both locks held',
      source: FLUSH,
      expects: [BY_PMD, {}],
    },
    'recheck-pmd': {
      about: 'the walker looks at the PMD again when it has the lock of the page table',
      source: 'pte_offset_map_lock(), since 6.5, without the rmap lock (analysis)',
      needs: { move: 'pmd' },
      expects: [BY_PMD, {}],
    },
    'rmap-locked': {
      about: 'mremap() also holds the rmap lock while it moves a page table',
      source: RMAP,
      expects: [{}],
    },
  },
  merged: 'rmap-locked',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'buggy, dirty', variant: 'buggy', knobs: { dirty: '1' } },
    { name: 'buggy, a whole page table', variant: 'buggy', knobs: { move: 'pmd' } },
    { name: 'flush with the old lock alone', variant: 'flush-old-lock' },
    { name: 'flush with both locks', variant: 'flush-locked' },
    { name: 'flush with both locks, a whole page table', variant: 'flush-locked', knobs: { move: 'pmd' } },
    { name: 'the walker looks at the PMD again', variant: 'recheck-pmd' },
    { name: 'merged fix', variant: 'rmap-locked' },
    { name: 'merged fix, a whole page table', variant: 'rmap-locked', knobs: { move: 'pmd' } },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
