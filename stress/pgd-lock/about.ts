/** What pgd-lock says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import {
  DEADLOCK,
  choice,
  flag,
  indexes,
  oneOf,
  steps,
  type Expectation,
  type ActorFacts,
} from '../../lib/sdk/index.js';

const STEPS = [
  ...(['C1', 'C2', 'C3', 'C4', 'C5'] as const),
  ...(['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const),
  ...(['P1', 'P2', 'P3', 'D1', 'D2', 'D3', 'D4'] as const),
  ...(['U1', 'U2', 'U3'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_PGD_LOCK', 'W_UNLOCK_TO_FLUSH'] as const;
export const W = indexes(WINDOWS);

export const LOST_WRITE = 'lost-write';
export const BUG_PGD_MISMATCH = 'bug-pgd-mismatch';
export const FREED_IN_INTERRUPT = 'freed-in-interrupt';

const FAILS: Expectation = { fails: DEADLOCK };
const HOLDS: Expectation = {};
/** vmalloc_sync_all() returns at once, or nobody calls it. */
const NO_SYNC: Expectation[] = [
  { when: { shared_kernel_pmd: '1' }, twin: { knobs: { shared_kernel_pmd: '0' } } },
  { when: { peer: 'writer' }, twin: { variant: 'unlock-first-all', knobs: { op: 'zap' } } },
];
/** No acknowledgement is awaited, or nobody synchronises. */
const NOT_BOTH: Expectation[] = [{ when: { flush: 'hypercall' }, twin: { knobs: { flush: 'ipi' } } }, ...NO_SYNC];
/** The entry has page_table_lock for its lock, or another one. */
const BY_LOCK: Expectation[] = [
  { when: { split_ptl: '0' }, fails: DEADLOCK },
  { when: { thp: '1', op: 'young' }, fails: DEADLOCK },
  { twin: { knobs: { split_ptl: '0' } } },
];
/** Until 3.15 munmap flushed behind the PTE lock: what was stored until then is lost, if the page was cleaned in between. */
const ZAPPED: Expectation[] = [
  { when: { op: 'zap', peer: 'writer', lazy: '1' }, twin: { knobs: { lazy: '0' } } },
  { when: { op: 'zap', peer: 'writer' }, fails: LOST_WRITE },
];
/** It waits for no IPI with the lock held. */
const ZAP_WAITS_UNLOCKED: Expectation[] = [
  { when: { op: 'zap' }, twin: { knobs: { op: 'unmap', split_ptl: '0', irq: 'none' } } },
];
/** An interrupt takes a lock that the CPU it interrupts holds. */
const IRQ_AGAINST_HOLDER: Expectation[] = [...NO_SYNC, { when: { irq: 'none' } }, FAILS];
/** Softirqs are disabled where the lock is held, interrupts are not. */
const SOFTIRQS_OFF: Expectation[] = [
  ...NO_SYNC,
  { when: { irq: 'softirq' }, twin: { variant: 'plain-lock' } },
  { when: { irq: 'none' } },
  FAILS,
];
/** What frees a pgd in an interrupt leaves that to a kworker; what walks the list there does not. */
const DEFERRED: Expectation[] = [
  ...NO_SYNC,
  { when: { irq: 'read' }, fails: DEADLOCK },
  { when: { irq: 'none' } },
  { twin: { variant: 'plain-lock' } },
];
/** Said as soon as it happens, whether or not the lock is held. */
const SAID: Expectation[] = [
  { when: { peer: 'writer' }, twin: { variant: 'unlock-first-all', knobs: { op: 'zap' } } },
  { when: { irq: 'free' }, fails: FREED_IN_INTERRUPT },
  { when: { irq: 'softirq' }, fails: FREED_IN_INTERRUPT },
  ...NO_SYNC,
  { when: { irq: 'none' } },
  FAILS,
];
const MAIL = 'the mail';
const MERGED = 'a79e53d85683c6dd9f99c90511028adc2043031f';
const ASYNC = '7283094ec3db "kernel, oom: fix potential pgd_lock deadlock from __mmdrop"';

export const ABOUT = {
  name: 'pgd-lock',
  question: 'Can vmalloc_sync_all() and a TLB flush wait for each other for ever?',
  group: 'locks and interrupts',
  year: '2011',
  mail: 'Larry Woodman, 2011-02-03, "Re: [PATCH] x86: hold mm->page_table_lock while doing vmalloc_sync", https://lore.kernel.org/lkml/?q=s%3A%22hold+mm-%3Epage_table_lock+while+doing+vmalloc_sync%22',
  commits: [
    '617d34d9e5d8326ec8f188c616aa06ac59d083fe "x86: hold mm->page_table_lock while doing vmalloc_sync"',
    `${MERGED} "x86/mm: Fix pgd_lock deadlock"`,
    ASYNC,
  ],
  explain: `A CPU that flushes a translation from the TLBs of others sends them an interrupt and waits until each has taken it
(C4). Reclaim does so with a page-table lock held. vmalloc_sync_all() takes pgd_lock with interrupts off (V1) and under it
the page_table_lock of every mm (V3). If the two meet in one mm whose user the second CPU is, the first waits for an
acknowledgement that the second cannot give, and the second for the lock that the first holds.

reclaim, on CPU 0 (page_referenced_one)          on CPU 1 (vmalloc_sync_all)
C1  lock the entry: a huge page's lock is        V1  interrupts off, lock pgd_lock
    mm.page_table_lock; a PTE's is, too,         V2  each mm on pgd_list:
    unless PTE locks are split                   V3    lock mm.page_table_lock
C2  clear the A bit                              V4    copy the kernel's entry if it is absent
C3  lock the flush state, post the flush         V5    unlock
C4  wait until all CPUs in mm_cpumask have       V6  unlock, interrupts as before
    flushed: interrupts on, lock held
C5  unlock

Beside them: P1-P3 pgd_alloc puts a new mm on the list; D1 raises an interrupt, D2-D4 it, or a softirq behind it, takes pgd_lock; a thread of the
process loads (U1), or stores (U1), calls msync (U2, with C1 to C5 of its own) and stores again (U3).

With three CPUs a third one may owe the acknowledgement: pgd_alloc() (P1) spins on pgd_lock with interrupts off, so that
CPU 0 waits for it, it for vmalloc_sync_all(), and that for CPU 0. CPUs: 0 reclaims, 1 synchronises; of three or more, 1
runs pgd_alloc and 2 synchronises; of eight, 4 reclaims and 5 allocates as well, 3, 6 and 7 run the process.

Who takes pgd_lock in an interrupt? The mail asks it, and the merged fix rests on the answer: nobody. What was found, and what hangs on the
CPU that is interrupted between V1 and V6 (D2 waits for its own CPU):

  who                                            context    merged fix  spin_lock_bh  a kworker frees  irqsave
  free_signal_struct, from an RCU callback       softirq    hangs       holds         holds            holds, but V3
    (M. Hocko, 2016: the OOM killer's reference)
  mmdrop at CPU offline (Q. Cai, 2020, from      interrupt  hangs       hangs         holds            holds, but V3
    notes: the mail was not read)
  aio ("some aio bit"): no mmdrop() in an interrupt was found in what was read of fs/aio.c, which was little

VM_BUG_ON(in_interrupt()) in pgd_free(), the mail's experiment, says it where it happens, also when the lock is free and nothing would hang:
it did not trigger because in 2011 nobody dropped a last reference there. lockdep says it from one run, too. Both fixes keep V1 without
irqsave: the spinner on V3 takes the flush.

The mail's three ways out, and what each rests on:
- Leave out irqsave (merged). Then the spinner on V3 takes the flush. It rests on nobody taking pgd_lock in an interrupt:
  irq=free frees a pgd from one, and a CPU that is interrupted between V1 and V6 waits for itself.
- Unlock first, then send the IPIs. For the young bit a stale translation does no harm. For a PTE that is cleared it
  can: a thread still stores through its TLB after msync() found no PTE and cleaned the page. try_to_unmap_one() and
  page_mkclean_one(), which clear and flush under the PTE lock (ptep_clear_flush_notify() in the mail), hold the page lock as
  well, so they and msync() never meet (op=unmap, op=mkclean). zap_pte_range() does not: it flushed behind the PTE lock in all
  these years, until 1cf35d47712d (3.15), and lost such stores in every variant (op=zap). It cannot deadlock either.
- A reader-writer lock, unfair as those of 2011. It works if interrupts only read (irq=read); pgd_free() in one writes. A writer
  that spins with interrupts off while somebody reads takes the place of P1 (rwlock_spin=irqs-off, three CPUs).
On Xen, for which alone V3 was added, flushes are hypercalls: what made the lock necessary is safe from it.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
    [LOST_WRITE]: 'a store through a stale translation to a page that has been cleaned (I17)',
    [FREED_IN_INTERRUPT]: 'pgd_free() was called in an interrupt or a softirq: VM_BUG_ON(in_interrupt())',
    [BUG_PGD_MISMATCH]: "an mm's entry for the vmalloc area is not the kernel's",
  },
  knobs: {
    split_ptl: flag(true, 'a lock for each PTE page (NR_CPUS >= 4), or mm.page_table_lock for all'),
    thp: flag(true, 'whether page_referenced_one finds a huge page, whose lock is mm.page_table_lock'),
    flush: choice(['ipi', 'hypercall'], 'how flush_tlb_page reaches other CPUs'),
    shared_kernel_pmd: flag(
      false,
      'SHARED_KERNEL_PMD: all mms have one kernel PMD, so vmalloc_sync_all() has nothing to do',
    ),
    op: choice(
      ['young', 'unmap', 'mkclean', 'zap'],
      'what CPU 0 does to the page: page_referenced_one, try_to_unmap_one, page_mkclean_one, or zap_pte_range as until 3.15',
    ),
    peer: choice(
      ['vmalloc_sync', 'writer'],
      'the other CPUs: vmalloc_sync_all and pgd_alloc, or threads that store, msync and store again',
    ),
    mm_cpumask: choice(['all', 'one'], 'CPUs that use the mm: all, or CPU 1 alone'),
    lazy: flag(false, 'they use it lazily: a flush makes them leave it'),
    irq: choice(
      ['none', 'read', 'free', 'softirq'],
      'what an interrupt on the synchronising CPU does under pgd_lock: no such interrupt, walk the list, pgd_free, or pgd_free in the softirq behind it',
    ),
    rwlock_spin: choice(
      ['irqs-on', 'irqs-off'],
      'how a writer spins on the rwlock; irqs-off deadlocks where three CPUs meet',
    ),
    mms: oneOf([2, 1, 8], 'mms on pgd_list; the contended one is the last'),
    vectors: oneOf(
      [8, 1],
      'invalidate vectors, each with its flush state; CPUs that share one flush one after the other',
    ),
  },
  variants: {
    buggy: {
      about: 'pgd_lock taken with irqsave, page_table_lock under it',
      source: `${MAIL}; 617d34d9e5d8`,
      expects: [...ZAPPED, ...ZAP_WAITS_UNLOCKED, ...NOT_BOTH, ...BY_LOCK],
    },
    'plain-lock': {
      about: 'pgd_lock without irqsave: who spins takes interrupts',
      source: MERGED,
      expects: [...ZAPPED, ...IRQ_AGAINST_HOLDER],
    },
    'plain-lock-irq': {
      about: 'the same, and a pgd is freed from an interrupt: it waits for the lock that its own CPU holds',
      source: `${MERGED} with the last mmdrop() in an IPI handler, as at CPU offline (Q. Cai, 2020, from notes); with irq=softirq M. Hocko's report of 2016, in the text of ${ASYNC}`,
      needs: { irq: 'free' },
      expects: [...ZAPPED, ...IRQ_AGAINST_HOLDER],
    },
    'vm-bug-on': {
      about: 'the experiment of the mail: the merged fix, and VM_BUG_ON(in_interrupt()) in pgd_free()',
      source: `${MAIL}, "I'm trying this fix and the VM_BUG_ON never triggered yet"`,
      needs: { irq: 'softirq' },
      expects: [...ZAPPED, ...SAID],
    },
    'plain-lock-bh': {
      about: 'pgd_lock with softirqs disabled: enough for a softirq, not for an interrupt',
      source: 'spin_lock_bh() as an answer to the report of 2016 (analysis)',
      needs: { irq: 'softirq' },
      expects: [...ZAPPED, ...SOFTIRQS_OFF],
    },
    'mmdrop-async': {
      about: 'the merged fix, and a kworker frees the pgd of an mm whose last reference goes in an interrupt',
      source: ASYNC,
      needs: { irq: 'softirq' },
      expects: [...ZAPPED, ...DEFERRED],
    },
    'unlock-first': {
      about: 'clear the young bit, release the lock, then send the IPIs',
      source: `${MAIL}, L. Woodman`,
      expects: [
        ...ZAPPED,
        { when: { op: 'young' } },
        ...ZAP_WAITS_UNLOCKED,
        ...NOT_BOTH,
        { when: { split_ptl: '0' }, fails: DEADLOCK },
        HOLDS,
      ],
    },
    'unlock-first-all': {
      about:
        'the same wherever a PTE is cleared, as zap_pte_range() did it until 3.15: between unlock and flush others store through what is no longer mapped',
      source: `${MAIL}, L. Woodman, generalised (analysis); compare 1cf35d47712d`,
      needs: { op: 'zap', peer: 'writer' },
      expects: [
        ...ZAPPED,
        { when: { peer: 'writer' }, twin: { knobs: { op: 'zap' } } },
        { twin: { variant: 'buggy', knobs: { split_ptl: '0', op: 'unmap' } } },
      ],
    },
    rwlock: {
      about: 'pgd_lock as a reader-writer lock: vmalloc_sync_all and interrupts read, pgd_alloc and pgd_free write',
      source: `${MAIL}, A. Arcangeli`,
      expects: [
        ...ZAPPED,
        ...NO_SYNC,
        { when: { irq: 'free' }, fails: DEADLOCK },
        { when: { irq: 'softirq' }, fails: DEADLOCK },
        ...ZAP_WAITS_UNLOCKED,
        { when: { rwlock_spin: 'irqs-on' } },
        { when: { flush: 'hypercall' } },
        ...BY_LOCK,
      ],
    },
  },
  merged: 'plain-lock',
  rows: [
    { name: 'buggy, single PTE lock', variant: 'buggy', knobs: { split_ptl: '0', thp: '0' } },
    { name: 'buggy, huge page', variant: 'buggy' },
    { name: 'buggy, huge page, 3 CPUs', variant: 'buggy', cpus: 3 },
    {
      name: 'buggy, 3 CPUs, the third owes the acknowledgement',
      variant: 'buggy',
      knobs: { mm_cpumask: 'one' },
      cpus: 3,
    },
    { name: 'buggy, split PTE locks, no huge page', variant: 'buggy', knobs: { thp: '0' } },
    { name: 'buggy, flush by hypercall', variant: 'buggy', knobs: { flush: 'hypercall' } },
    { name: 'buggy, kernel PMD shared by all mms', variant: 'buggy', knobs: { shared_kernel_pmd: '1' } },
    { name: 'merged fix', variant: 'plain-lock' },
    {
      name: 'merged fix, single PTE lock, 3 CPUs',
      variant: 'plain-lock',
      knobs: { split_ptl: '0', thp: '0' },
      cpus: 3,
    },
    { name: 'buggy, try_to_unmap, single PTE lock', variant: 'buggy', knobs: { op: 'unmap', split_ptl: '0' } },
    { name: 'buggy, page_mkclean, single PTE lock', variant: 'buggy', knobs: { op: 'mkclean', split_ptl: '0' } },
    { name: 'buggy, munmap until 3.15, single PTE lock', variant: 'buggy', knobs: { op: 'zap', split_ptl: '0' } },
    { name: 'buggy, munmap until 3.15, a store behind msync', variant: 'buggy', knobs: { op: 'zap', peer: 'writer' } },
    { name: 'merged fix, pgd_free in an interrupt', variant: 'plain-lock-irq' },
    { name: 'merged fix, pgd_free in a softirq', variant: 'plain-lock-irq', knobs: { irq: 'softirq' } },
    { name: 'merged fix, VM_BUG_ON, pgd_free in a softirq', variant: 'vm-bug-on' },
    { name: 'merged fix, VM_BUG_ON, nobody frees in an interrupt', variant: 'vm-bug-on', knobs: { irq: 'none' } },
    { name: 'spin_lock_bh, pgd_free in a softirq', variant: 'plain-lock-bh' },
    { name: 'spin_lock_bh, pgd_free in an interrupt', variant: 'plain-lock-bh', knobs: { irq: 'free' } },
    { name: 'a kworker frees, pgd_free in a softirq', variant: 'mmdrop-async' },
    { name: 'a kworker frees, pgd_free in an interrupt', variant: 'mmdrop-async', knobs: { irq: 'free' } },
    { name: 'unlock first, young bit', variant: 'unlock-first' },
    { name: 'unlock first, PTE cleared by munmap', variant: 'unlock-first-all' },
    { name: 'unlock first, PTE cleared with the page locked', variant: 'unlock-first-all', knobs: { op: 'unmap' } },
    { name: 'rwlock', variant: 'rwlock' },
    { name: 'rwlock, interrupts read', variant: 'rwlock', knobs: { irq: 'read' } },
    { name: 'rwlock, interrupts free a pgd', variant: 'rwlock', knobs: { irq: 'free' } },
    {
      name: 'rwlock, writers spin with interrupts off, 3 CPUs',
      variant: 'rwlock',
      knobs: { rwlock_spin: 'irqs-off' },
      cpus: 3,
    },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
