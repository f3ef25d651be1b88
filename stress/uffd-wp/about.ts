/** What uffd-wp says about itself: indexes, steps, variants and what is expected of each. Called by race.ts. */

import { indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';

const STEPS = ['P1', 'P2', 'F1', 'F2', 'F3', 'F4', 'U1', 'U2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_DEFERRED', 'W_COPIED'] as const;
export const W = indexes(WINDOWS);

export const LOST_WRITE = 'lost-write';

const PENDING = '6ce64428d620 "mm/userfaultfd: fix memory corruption due to writeprotect" (5.12)';
const FAILS: Expectation = { fails: LOST_WRITE };

export const ABOUT = {
  name: 'uffd-wp',
  question: 'Is a store lost to a page that is copied while its write protection has not reached all TLBs?',
  group: 'TLB flushes',
  year: '2021',
  mail: '',
  commits: ['6ce64428d620'],
  explain: `A thread calls userfaultfd_writeprotect() to unprotect memory. That also took the write bit from PTEs that were not protected (P1), with
mmap_lock held for reading, and flushed when all of them were done (P2). CPU 1 stores, finds the PTE read-only, and faults (F1): do_wp_page()
copies the page (F2), and then puts the copy in its place (F3, F4), with a flush of its own. A CPU that has the page writable in its TLB all the
while (U1) may store behind the copy and before that flush: into the old page, which nobody maps any more (U2). That store is lost.

In the commit text a third CPU stores. Here CPU 0 does: the thread that unprotects is preempted before it flushes, and another one of the same
process runs, for which the TLB stays as it is. More CPUs are threads that store.

- Flush first if somebody owes a flush (pending, merged): mm->tlb_flush_pending is raised before the PTE changes, and looked at under the PTE lock.
- Flush under the PTE lock (flush-locked, analysis): the fault cannot see the PTE before.
- Take the PTE out and flush, and copy then (copy-late, analysis): no TLB has the page when it is copied.

Source: text of the commit; the counter is one since 16af97dc5a89 (4.13), before which one flush could hide another. Left out: the
protection itself, a second thread that protects, soft-dirty bits (the same race), reference counts, which decide whether a page is copied.`,
  steps: STEPS,
  windows: WINDOWS,
  knobs: {},
  signatures: { [LOST_WRITE]: 'a store that no page of the process has any more' },
  variants: {
    buggy: {
      about: 'the page is copied although its write protection is still to be flushed',
      source: 'mm/memory.c, 5.7 to 5.11',
      expects: [FAILS],
    },
    'flush-locked': {
      about: 'the write bit is flushed before the PTE lock is dropped',
      source: 'analysis',
      expects: [{}],
    },
    'copy-late': {
      about: 'the PTE is taken out and flushed before the page is copied',
      source: 'analysis',
      expects: [{}],
    },
    pending: {
      about: 'a fault flushes first if a flush is pending',
      source: PENDING,
      expects: [{}],
    },
  },
  merged: 'pending',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'buggy, 3 CPUs', variant: 'buggy', cpus: 3 },
    { name: 'flush under the PTE lock', variant: 'flush-locked' },
    { name: 'copy behind the flush', variant: 'copy-late' },
    { name: 'merged fix', variant: 'pending' },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
