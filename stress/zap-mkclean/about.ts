/** What zap-mkclean says about itself: indexes, steps, variants and what is expected of each. Called by race.ts. */

import { indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';
import { LOST_DIRTY } from '../../lib/sdk/mm.js';

const STEPS = ['Z1', 'Z2', 'Z3', 'Z4', 'C1', 'C2', 'C3', 'U1', 'U2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_ZAPPED', 'W_UNLOCKED'] as const;
export const W = indexes(WINDOWS);

export const LOST_WRITE = 'lost-write';

const LOCKED = '1cf35d47712d "mm: split \'tlb_flush_mmu()\' into tlb flushing and memory freeing parts" (3.15)';
const LATE = '5df397dec7c4 "mm: delay page_remove_rmap() until after the TLB has been flushed" (6.2)';
const FAILS: Expectation = { fails: LOST_WRITE };

export const ABOUT = {
  name: 'zap-mkclean',
  question: 'Is a store lost to a file page that is unmapped and written back at once?',
  group: 'TLB flushes',
  year: '2014-2022',
  mail: '',
  commits: ['1cf35d47712d', '5df397dec7c4'],
  explain: `CPU 0 unmaps a dirty page of a file: with the PTE lock it takes the PTE out (Z1), marks the page dirty (Z2), takes the mapping out of the
page's count (Z3), and at some point flushes (Z4). CPU 1 has stored to the page (U1) and has it written back meanwhile: folio_mkclean() makes
all PTEs of the page read-only and clean, so that the next store is noticed (C1, C2); then the page is clean (C3). There is no PTE, so
nothing is done. A store through a TLB that still has the page is noticed by nobody (U2).

- Until 3.14 the flush came when the PTE lock was dropped.
- Since 3.15 it comes before (flush-locked). But folio_mkclean() takes the PTE lock only if the page is mapped, by its count. Once the mapping
  is out of the count, it does not wait for anybody.
- Since 6.2 the mapping comes out of the count behind the flush (rmap-late, merged). Both are needed: behind a flush without the lock
  the walk finds an empty PTE and goes on (rmap-late-unlocked, analysis).

Source: commit texts. pgd-lock has the first form as well (op=zap), for the deadlock that a flush under the PTE lock meant in 2011. Left out: the
page cache, freeing, several pages; the write-back itself.`,
  steps: STEPS,
  windows: WINDOWS,
  knobs: {},
  signatures: {
    [LOST_WRITE]: 'a store through a stale translation to a page that has been cleaned (I17)',
    [LOST_DIRTY]:
      'a PTE is overwritten in which the hardware may set D, or the D of one that was taken out does not reach the page (I20)',
  },
  variants: {
    buggy: { about: 'the flush comes behind the PTE lock', source: 'mm/memory.c, until 3.14', expects: [FAILS] },
    'flush-locked': {
      about: 'the flush comes before the PTE lock is dropped',
      source: LOCKED,
      expects: [FAILS],
    },
    'rmap-late-unlocked': {
      about: 'the mapping is out of the count behind the flush, which comes behind the PTE lock',
      source: `half of ${LATE} (analysis)`,
      expects: [FAILS],
    },
    'rmap-late': {
      about: 'the mapping is out of the count behind the flush, both with the PTE lock held',
      source: LATE,
      expects: [{}],
    },
  },
  merged: 'rmap-late',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'flush with the lock held', variant: 'flush-locked' },
    { name: 'flush behind the lock, then the count', variant: 'rmap-late-unlocked' },
    { name: 'merged fix', variant: 'rmap-late' },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
