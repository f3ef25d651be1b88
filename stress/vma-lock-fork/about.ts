/** What vma-lock-fork says about itself: indexes, steps, variants and what is expected of each. Called by race.ts. */

import { indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';

const STEPS = ['F1', 'F2', 'F3', 'F4', 'L1', 'L2', 'L3', 'P1', 'P2'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_CLONED', 'W_CHECKED', 'W_PREPARED'] as const;
export const W = indexes(WINDOWS);

export const NO_ANON_VMA = 'no-anon-vma';

const FIX = 'fb49c455323f "fork: lock VMAs of the parent process when forking" (6.5)';
const FAILS: Expectation = { fails: NO_ANON_VMA };

export const ABOUT = {
  name: 'vma-lock-fork',
  question:
    'Does fork() copy a page whose mapping has changed under it, because a fault takes the lock of the VMA alone?',
  group: 'page tables and pinning',
  year: '2023',
  mail: '',
  commits: ['fb49c455323f'],
  explain: `CPU 0 forks. With mmap_lock held for writing (F1) it copies a VMA: the VMA has no anon_vma yet, so there is none to clone for the child
(F2). Then it copies the PTEs, if the VMA has an anon_vma (F3, F4). CPU 1 is a thread of the parent that stores to a file page mapped privately: it
gives the VMA an anon_vma (P1) and puts an anonymous copy of the page into the PTE (P2). Between F2 and F3 that makes the child map
an anonymous page in a VMA without anon_vma: nobody who looks for the mappings of the page finds it.

mmap_lock excluded that until 6.3 (mmap-lock). Since 6.4 a fault takes a lock of the VMA (L1 to L3), which writers of mmap_lock take by writing
a number into the VMA: it equals the mm's for as long as mmap_lock is held. fork() did not (buggy). It does since 6.5 (start-write).

What the lock itself rests on: a fault compares the numbers, tries the lock, and compares them again. A writer holds the lock only while it
writes the number; without the second look a fault that has passed the first one takes the lock behind it (no-recheck, analysis). And the
VMA must be locked before anything of it is read (start-write-late, analysis).

Source: text of the commit, which names this consequence as an example. Left out: whether 6.4 took the fault of a VMA without anon_vma under that lock
(not read); several VMAs; RCU, under which the VMA is looked up. mmap_lock and the VMA's lock are spinning reader-writer locks here.`,
  steps: STEPS,
  windows: WINDOWS,
  knobs: {},
  signatures: { [NO_ANON_VMA]: 'the child maps an anonymous page in a VMA without anon_vma' },
  variants: {
    buggy: { about: 'fork() takes mmap_lock alone', source: 'kernel/fork.c, 6.4', expects: [FAILS] },
    'mmap-lock': { about: 'faults take mmap_lock', source: 'mm/memory.c, until 6.3', expects: [{}] },
    'start-write-late': {
      about: 'fork() locks the VMA when it has cloned its anon_vma',
      source: `${FIX}, too late (analysis)`,
      expects: [FAILS],
    },
    'no-recheck': {
      about: 'a fault does not compare the numbers again when it has the lock',
      source: `${FIX}; vma_start_read() without its second look (analysis)`,
      expects: [FAILS],
    },
    'start-write': { about: 'fork() locks each VMA before it looks at it', source: FIX, expects: [{}] },
  },
  merged: 'start-write',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'faults under mmap_lock', variant: 'mmap-lock' },
    { name: 'the VMA is locked too late', variant: 'start-write-late' },
    { name: 'one look at the numbers', variant: 'no-recheck' },
    { name: 'merged fix', variant: 'start-write' },
    { name: 'merged fix, 3 CPUs', variant: 'start-write', cpus: 3 },
    { name: 'merged fix, store buffers', variant: 'start-write', memory: 'tso' },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
