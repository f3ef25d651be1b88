/** What batched-unmap says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { choice, flag, indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';

const STEPS = ['R1', 'R2', 'R3', 'R4', 'P1', 'P2', 'P3', 'U1', 'U2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_BATCHED', 'W_FLUSHED', 'W_STORED'] as const;
export const W = indexes(WINDOWS);

export const STALE_RIGHTS = 'stale-rights';
export const STALE_ACCESS = 'stale-access';

const CHECK =
  '3ea277194daa "mm, mprotect: flush TLB if potentially racing with a parallel reclaim leaving stale TLB entries" (4.13)';
const COUNTER = '5ee2fa2f0636 "mm/rmap: fix potential batched TLB flush race" (5.17)';

const MPROTECT: Expectation = { when: { op: 'mprotect' }, fails: STALE_RIGHTS };
const MUNMAP: Expectation = { fails: STALE_ACCESS };
/** The flag can only be lost where another page is unmapped under another lock while the first flush is under way. */
const NOTHING_OWED: Expectation = { when: { owed: '0' } };

export const ABOUT = {
  name: 'batched-unmap',
  question: 'Does a thread use a page behind mprotect() or munmap(), because reclaim has not flushed it yet?',
  group: 'TLB flushes',
  year: '2017-2022',
  mail: '',
  commits: ['3ea277194daa', '5ee2fa2f0636'],
  explain: `CPU 0 reclaims a page of a process: under the PTE lock it clears the PTE (R1) and notes that a flush is due (R2), and drops the lock. It
flushes later, once for many pages (R3), and only then gives them away (R4). Until then TLBs still have what the page table has not.

CPU 1 is a thread of that process. It stores to the page (U1), calls mprotect(PROT_READ) or munmap() (P1), and stores or loads again
(U2). The system call finds an empty PTE, changes nothing, and therefore flushes nothing: it returns (P3) while the old translation
is alive in the thread's own TLB (buggy). Nothing is freed too soon. But what the process was promised does not hold: it stores where it
may only read, or finds the old page behind a new mapping. More CPUs are threads that only load and store.

- A flag in the mm says that a flush is due; who changes page tables under the lock looks at it and flushes first (P2). Who forgets to
  look fails as before (mprotect-only, with op=munmap).
- The flag is cleared behind that flush. Reclaim may have set it again in between, for a page under another PTE lock: that is lost (flag,
  with owed=1, where a third CPU takes the page into its TLB behind the flush). N. Amit and Huang Ying, 2021: the flag becomes two
  counts, of flushes due and done, and the second is set by cmpxchg (counter).
- Without batching, the flush comes before the PTE lock is dropped (unbatched): one IPI round for each page.

Source: commit texts, Huang Ying's mail of 2021 about the flag. Left out: the overflow of the counts, dirty bits and the flush before
write-back, mremap() and madvise(), which look at the flag as well; 383c4613c67c (6.16) added looks that were missing there.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [STALE_RIGHTS]: 'a store through a writable translation behind mprotect(PROT_READ) (I17)',
    [STALE_ACCESS]:
      'a store through the translation of a mapping that munmap() has taken away, or a page is freed that a TLB still translates (I17)',
  },
  knobs: {
    op: choice(['mprotect', 'munmap'], 'the system call of CPU 1'),
    owed: flag(
      false,
      'reclaim owes a flush for another page already, which has a PTE lock of its own; that page goes through the system call first',
    ),
  },
  variants: {
    buggy: {
      about: 'nobody looks whether reclaim still owes a flush',
      source: 'mm/rmap.c, 4.3 to 4.12',
      expects: [MPROTECT, MUNMAP],
    },
    unbatched: {
      about: 'reclaim flushes each page before it drops the PTE lock',
      source: 'mm/rmap.c, until 4.2',
      expects: [{}],
    },
    'mprotect-only': {
      about: 'mprotect() looks at the flag, munmap() does not',
      source: `half of ${CHECK} (analysis)`,
      needs: { op: 'munmap' },
      expects: [{ ...MUNMAP, when: { op: 'munmap' } }, NOTHING_OWED, { fails: STALE_RIGHTS }],
    },
    flag: {
      about: 'all that change page tables look at a flag, flush, and clear it',
      source: CHECK,
      expects: [NOTHING_OWED, MPROTECT, MUNMAP],
    },
    counter: {
      about: 'flushes due and done are counted; a flush that has become due meanwhile stays due',
      source: COUNTER,
      expects: [{ when: { owed: '1' }, twin: { variant: 'flag' } }, {}],
    },
  },
  merged: 'counter',
  rows: [
    { name: 'buggy, mprotect', variant: 'buggy' },
    { name: 'buggy, munmap', variant: 'buggy', knobs: { op: 'munmap' } },
    { name: 'buggy, mprotect, 4 CPUs', variant: 'buggy', cpus: 4 },
    { name: 'flush under the PTE lock', variant: 'unbatched' },
    { name: 'mprotect looks at the flag, munmap does not', variant: 'mprotect-only' },
    { name: 'flag', variant: 'flag' },
    { name: 'flag, a flush is owed already, 3 CPUs', variant: 'flag', knobs: { owed: '1' }, cpus: 3 },
    { name: 'merged fix', variant: 'counter' },
    { name: 'merged fix, munmap', variant: 'counter', knobs: { op: 'munmap' } },
    { name: 'merged fix, a flush is owed already, 3 CPUs', variant: 'counter', knobs: { owed: '1' }, cpus: 3 },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
