/** What hash-batch says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import {
  DEADLOCK,
  choice,
  indexes,
  oneOf,
  steps,
  type Expectation,
  type Knobs,
  type ActorFacts,
} from '../../lib/sdk/index.js';
import { BATCH_PENDING, BUSY_BROKEN, FREED_FRAME, HASHPTE_MISMATCH, MACHINE_CHECK } from '../../lib/sdk/ppc64.js';

const STEPS = [
  ...(['Z1', 'Z2', 'Z3', 'Z4', 'Z5', 'Z6', 'Z7'] as const),
  ...(['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6'] as const),
  ...(['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7'] as const),
  ...(['K1', 'K2', 'K3', 'K4', 'K5'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_CLEARED_LOCKED', 'W_CLEARED_UNLOCKED', 'W_TOUCHED', 'W_SET_NOT_FLUSHED', 'W_BEFORE_STORE'] as const;
export const W = indexes(WINDOWS);

export const DUPLICATE_HPTE = 'duplicate-hpte';
export const REFAULT_LIVELOCK = 'refault-livelock';
export const STALE_ACCESS = 'stale-access';
export const STALE_RIGHTS = 'stale-rights';

const HOLDS: readonly Expectation[] = [{}];

/** Returns the same where CPU 0 does `op`. */
function where(when: Knobs, expects: readonly Expectation[]): Expectation[] {
  return expects.map((e) => ({ ...e, when: { ...when, ...e.when } }));
}

const FREED: Expectation = { fails: FREED_FRAME };
/** Which of the two comes is a matter of a microsecond: with four CPUs or on a fast host the walk as a rule, else the flush. */
const UNLESS_FLUSHED = {
  alsoFails: [DUPLICATE_HPTE],
  minority: 'the flush may take the older entry away before a walk meets both',
} as const;
/** What two entries of one page lead to. With `seed` all three occur. */
const DUPLICATE: readonly Expectation[] = [
  { when: { on_duplicate: 'refault' }, fails: REFAULT_LIVELOCK, ...UNLESS_FLUSHED },
  { when: { on_duplicate: 'stale' }, fails: STALE_ACCESS, ...UNLESS_FLUSHED },
  {
    when: { on_duplicate: 'seed' },
    fails: MACHINE_CHECK,
    alsoFails: [REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
    minority: 'one of three is drawn',
  },
  { fails: MACHINE_CHECK, ...UNLESS_FLUSHED },
];
/**
 * The same, where the page may be free by then: an entry that hash_page() has made writable before Z2, or a translation that
 * the thread had before, leads to it.
 */
const DUPLICATE_OR_FREED: readonly Expectation[] = DUPLICATE.map((e) => ({
  ...e,
  alsoFails: [...(e.alsoFails ?? []), FREED_FRAME],
}));
/**
 * The entry outlives the PTE lock, until the gather is finished. An access that it allows does not fault: it goes to the
 * old page, which the gather still keeps. Only a page that goes back earlier has been freed by then.
 */
const OUTLIVES_THE_LOCK: readonly Expectation[] = [
  { when: { rights: 'rw', page_free: 'gather' }, twin: { knobs: { page_free: 'unlock' } } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load', page_free: 'gather' }, twin: { knobs: { page_free: 'unlock' } } },
  { when: { access: 'load' }, ...FREED },
  ...where({ page_free: 'unlock' }, DUPLICATE_OR_FREED),
  ...DUPLICATE,
];
/**
 * A translation stays, and so does the access that it allows: one that the thread had before (tlb=warm), or one that it
 * found in the table a moment before the entry was taken out (tlb=cold: some in 10,000 trials).
 */
const TRANSLATIONS_STAY: readonly Expectation[] = [FREED];
/** The entry stays for good, if it is in the secondary group. */
const OUTLIVES_THE_FLUSH: readonly Expectation[] = [
  { when: { group: 'primary' }, twin: { variant: 'primary-only', knobs: { group: 'secondary' } } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load' }, ...FREED },
  ...DUPLICATE_OR_FREED,
];
/** The new PTE says that there is no entry, and the old one is valid until the queue is flushed. */
const SET_BEFORE_FLUSH: readonly Expectation[] = where({ op: 'mprotect' }, [
  { when: { rights: 'rw' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm' } } },
  { when: { access: 'load' }, twin: { knobs: { access: 'store' } } },
  { when: { on_duplicate: 'refault' }, fails: REFAULT_LIVELOCK, ...UNLESS_FLUSHED },
  { when: { on_duplicate: 'stale' }, fails: DUPLICATE_HPTE },
  {
    when: { on_duplicate: 'seed' },
    fails: MACHINE_CHECK,
    alsoFails: [REFAULT_LIVELOCK, DUPLICATE_HPTE],
    minority: 'one of three is drawn',
  },
  { fails: MACHINE_CHECK, ...UNLESS_FLUSHED },
]);
/** The old entry, or a translation made from it, outlives the flush: it allows what mprotect() has forbidden. */
const RIGHTS_STAY: readonly Expectation[] = where({ op: 'mprotect', rights: 'rw', access: 'store' }, [
  { fails: STALE_RIGHTS },
]);
/** A page that another process shares is copied: its old entry is not flushed, since the CPU seems to be in lazy MMU mode. */
const COPIED: readonly Expectation[] = [
  { when: { rights: 'rw' }, twin: { knobs: { rights: 'ro' } } },
  { when: { access: 'load' }, twin: { knobs: { access: 'store' } } },
  ...DUPLICATE,
];
/** The CPU that was left is in lazy MMU mode: a copy that the other task makes there may come first. */
const OR_COPIED = {
  alsoFails: [MACHINE_CHECK, REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
  minority: 'the task that comes in exchange may copy its page first',
} as const;
/** A task that is preempted in lazy MMU mode. What it has queued stays where it was. */
const LEFT_BEHIND: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'enter' }, COPIED),
  { when: { op: 'kernel', preempt_at: 'queue' }, fails: HASHPTE_MISMATCH, ...OR_COPIED },
  {
    when: { op: 'kernel', preempt_at: 'drawn' },
    fails: BATCH_PENDING,
    alsoFails: [HASHPTE_MISMATCH, MACHINE_CHECK, REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
    minority: 'the place is drawn, and decides what comes',
  },
  { when: { op: 'kernel' }, fails: BATCH_PENDING, ...OR_COPIED },
];
/** What fails at such a place without the fix. */
const UNLESS_PREEMPTED: readonly Expectation[] = [{ twin: { variant: 'lazy-preempt' } }];
/** The same without lazy MMU mode: there is nothing to be entered or left. */
const LEFT_WITHOUT_LAZY: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'enter' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel', preempt_at: 'leave' }, UNLESS_PREEMPTED),
  ...LEFT_BEHIND,
];
/** The switch flushes; but a task that was preempted in front of the use of an address uses another CPU's batch. */
const WRONG_BATCH: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'rest' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel', preempt_at: 'queue' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel' }, COPIED),
];
const MAIL = 'the mail';
const MERGED = 'a741e67969577163a4cfc78d7fd2753219087ef1';

export const ABOUT = {
  name: 'hash-batch',
  question: 'Can the ppc64 hash table hold two entries of one page?',
  group: 'lazy modes',
  year: '2007',
  mail: 'Benjamin Herrenschmidt, 2007-02-27, "Possible ppc64 (and maybe others ?) mm problem", https://lore.kernel.org/all/1172569714.11949.73.camel@localhost.localdomain/',
  commits: [
    `${MERGED} "[POWERPC] Make tlb flush batch use lazy MMU mode"`,
    'd6bf29b44ddf "powerpc: mmu_gather rework"',
    'b9ef323ea168 "powerpc/64s: Disable preemption in hash lazy mmu mode"',
  ],
  explain: `A ppc64 processor translates through a hash table of groups of eight slots. It is a cache of the Linux page
table: the PTE's HASHPTE bit says that an entry may exist, its slot bits say where. An entry is inserted without a search
for one of the same page, and two of them must never be: the processor may use either, or stop with a machine check.

unmap, on CPU 0 (unmap_mapping_range)            a thread, on CPU 1 (copy_tofrom_user)
Z1  lock the PTE lock                            A1  store to the page: its entry is valid but read-only
Z2  PTE := 0, once it is not BUSY                A2  hash_page: the PTE is none -> do_page_fault
Z3  it had HASHPTE: queue (page, PTE)            A3  lock the PTE lock; a new page, a PTE without HASHPTE
Z4  the rest of the PTE page                     A4  hash_preload: insert, into any free slot
Z5  unlock                                       A5  unlock, store again: the processor searches 8 + 8 slots
Z6  other PTE pages
Z7  tlb_finish_mmu: flush the queue: slot by the PTE's bits, compare, v := 0, then tlbie

The old entry has no PTE from Z2 on. While the PTE lock is held no fault can set another; from Z5 to Z7 one can, and A4
makes the second entry. Z7 removes the old one: what is wrong is wrong for a moment. With the fix the queue is empty
whenever a PTE lock is dropped.

mprotect, on CPU 0 (op=mprotect)                 a thread, on CPU 1
M1  lock the PTE lock, enter lazy MMU mode       A1  store to the page: its entry is valid but read-only
M2  PTE := 0                                     A2  hash_page, without the PTE lock: the new PTE allows the store
M3  it had HASHPTE: queue (page, PTE)                and has no HASHPTE -> insert, into any free slot
M4  set_pte_at: the new PTE, without HASHPTE     A5  store again: the processor searches 8 + 8 slots
M5  the rest of the PTE page
M6  leave lazy MMU mode, which flushes; unlock   M7  flush_tlb_range: nothing to do since the merged fix

This is what the mail still had to check, "other similar scenarios with other code path". A PTE that is changed in place is
present from M4 on, and only do_page_fault() takes the PTE lock: hash_page() does not. So neither the quick fix nor the
merged one helps: both flush at M5 or M6, behind M4. A flush between M3 and M4 does (variant flush-before-set). A fault in
front of M4 waits for mmap_sem, or is a SIGSEGV; the store that races is one whose hash_page() comes between M4 and M6.
Caveat: this comes from reading sources and from this simulation. It has not been seen on hardware, and no mail about it was found.
Read: set_pte_at, pte_update and ptep_get_and_clear of include/asm-powerpc/pgtable-ppc64.h @016b33c49586; hpte_need_flush
of arch/powerpc/mm/tlb_64.c @0679c2f47d50; change_pte_range of 2.6.2x and of mm/mprotect.c @003fde4492c8;
arch_enter_lazy_mmu_mode of tlbflush-hash.h @05909cd9a0c8; __hash_page_4K of hash_4k.c @0d8eae7b124e;
set_pte_filter_hash; ptep_modify_prot_start and _commit of book3s64 in the patch that added them (2018). Not read: a741e679
as a whole, the 64K page code, and what a hypervisor's hash table does with a second entry.

the kernel's own range, on CPU 0 (op=kernel)     a thread, on CPU 1
K1  enter lazy MMU mode: address of this CPU's   A1  store to a page that another process shares
    batch, then batch.active := 1                A3  do_wp_page: ptep_clear_flush(), then a PTE of the copy.
K2  pte_clear: PTE := 0                              The flush is queued if batch.active is set: as in mprotect
K3  queue it, as batch.active says               A4  hash_preload: insert
K4  the rest of the PTE page
K5  leave: address of this CPU's batch; flush it, batch.active := 0

Since 2.6.39 apply_to_pte_range() enters lazy MMU mode for init_mm, without a lock: the task can be preempted in it, and
continues on another CPU. What it has queued stays behind (I6). d6bf29b44ddf flushes at a context switch, and the mode goes
with the task. That does not help a task which is preempted between the address of its batch and the use of it (K1, K5):
it sets the mode of a CPU that it has left, whose next task queues what it should flush. b9ef323ea168 disables preemption
in front of the address. \`preempt_at\` chooses the place; by default one is drawn for each trial. That K1 and K5 are what
d6bf29b44ddf leaves open is analysis: no source that was read names the place.

Who looks when: an auditor counts the valid entries of each page in one atomic word, at every insert (I9); a duplicate that
is gone before the processor meets it is counted as duplicate-hpte. One that a walk meets ends as on_duplicate says.

Two things that reading the mail does not tell:
- An entry with full rights (rights=rw) needs no fault: the access just goes to the old page (I17). In Linux that page has
  not been freed: tlb_flush() flushes the batch before the gather lets its pages go. page_free=unlock stands for a page
  whose owner takes the dropped PTE lock for the end of its use. With op=mprotect it is a right that is taken away.
- A machine check in user mode is a SIGBUS for the process. The oops needs an access by the kernel, here read() or write().`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [MACHINE_CHECK]: 'a walk of the hash table met two entries of one page, and the processor stopped (I9)',
    [DUPLICATE_HPTE]:
      'a second entry of a page was inserted, and one of the two was gone before a walk could meet both (I9)',
    [REFAULT_LIVELOCK]: 'the processor used the older of two entries: the access faulted again and again',
    [STALE_ACCESS]: 'the processor used the older of two entries: a load did not see what had been stored',
    [STALE_RIGHTS]: 'a store went through after mprotect() had forbidden it (I17)',
    [FREED_FRAME]: 'an access went to a page that had been freed (I17)',
    [HASHPTE_MISMATCH]: 'a PTE and the hash table contradict each other (I10)',
    [BUSY_BROKEN]: 'a PTE changed while hash_page had it BUSY (I11)',
    [BATCH_PENDING]: 'a TLB batch was not empty where it must be (I6)',
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
  },
  knobs: {
    op: choice(
      ['unmap', 'mprotect', 'kernel'],
      "what CPU 0 does: unmap_mapping_range; mprotect, which gives the right to store or takes it, as `rights` says; or apply_to_page_range on the kernel's own range",
    ),
    preempt_at: choice(
      ['drawn', 'enter', 'queue', 'rest', 'leave'],
      'of op=kernel: where the task on CPU 0 is preempted: behind the address of the batch in K1, K3 or K5, at K4, or at a place drawn for each trial',
    ),
    rights: choice(
      ['ro', 'rw'],
      'rights of the entries at first: read-only, since their PTEs are clean (read-only with mprotect, shared with kernel), or full',
    ),
    access: choice(['store', 'load'], 'what the threads do to the page'),
    group: choice(['primary', 'secondary'], "where the page's entry stands at first"),
    fill: choice(['sparse', 'full'], 'the other slots: free, or taken, so that an insert evicts an entry'),
    on_duplicate: choice(
      ['machine-check', 'refault', 'stale', 'seed'],
      'two entries of a page: the processor stops, uses the weaker, or the weaker for loads; seed draws one for each trial',
    ),
    page_free: choice(
      ['gather', 'unlock'],
      'when the unmapped page goes back: behind the flush, as in Linux, or with the PTE lock',
    ),
    tlb: choice(['cold', 'warm'], 'whether the threads have used the page before'),
    pte_pages: oneOf([1, 2, 4], 'PTE pages in the range that is unmapped'),
  },
  variants: {
    buggy: {
      about: 'invalidations are batched until the gather is finished',
      source: `${MAIL}; 2.6.20`,
      expects: [...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...OUTLIVES_THE_LOCK],
    },
    'flush-pending': {
      about: 'zap_pte_range() and change_pte_range() flush the pending batch before they drop the PTE lock',
      source: `${MAIL}, the quick fix`,
      expects: [...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...HOLDS],
    },
    'lazy-mmu': {
      about: 'a batch lives in lazy MMU mode alone, which ends before the PTE lock is dropped',
      source: MERGED,
      expects: [...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...HOLDS],
    },
    'flush-before-set': {
      about: 'the merged fix, and change_pte_range() flushes the pending batch before it sets the new PTE',
      source: 'a candidate (analysis); in no kernel that was read',
      needs: { op: 'mprotect' },
      expects: [...LEFT_BEHIND, ...HOLDS],
    },
    'unsplit-ptl': {
      about: 'all PTE locks are one: it is dropped before the flush all the same',
      source: 'not a fix (analysis)',
      expects: [...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...OUTLIVES_THE_LOCK],
    },
    'leave-after-unlock': {
      about: 'the merged fix with the two last calls of zap_pte_range() in the wrong order',
      source: `${MERGED}, broken on purpose (analysis)`,
      expects: [...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...OUTLIVES_THE_LOCK],
    },
    'no-tlbie': {
      about: 'the flush empties the slots and leaves translations in the TLBs',
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { rights: 'rw', tlb: 'warm' },
      expects: [...where({ tlb: 'warm' }, RIGHTS_STAY), ...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...TRANSLATIONS_STAY],
    },
    'primary-only': {
      about: "the flush searches the page's primary group instead of using the slot bits",
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { group: 'secondary' },
      expects: [
        ...where({ group: 'secondary' }, RIGHTS_STAY),
        ...SET_BEFORE_FLUSH,
        ...where({ group: 'secondary' }, [{ when: { op: 'kernel' }, fails: HASHPTE_MISMATCH }]),
        ...LEFT_BEHIND,
        ...OUTLIVES_THE_FLUSH,
      ],
    },
    'lazy-preempt': {
      about:
        "the merged fix with the kernel's own range, as since 2.6.39: lazy MMU mode is preempted, the batch stays behind",
      source: `${MERGED}, before d6bf29b44ddf`,
      needs: { op: 'kernel', preempt_at: 'rest' },
      expects: [...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...HOLDS],
    },
    'lazy-preempt-flush': {
      about: 'the same; a context switch flushes the batch, and lazy MMU mode goes with the task',
      source: 'd6bf29b44ddf',
      needs: { op: 'kernel' },
      expects: [...SET_BEFORE_FLUSH, ...WRONG_BATCH, ...HOLDS],
    },
    'lazy-preempt-off': {
      about: 'the same; lazy MMU mode disables preemption',
      source: 'b9ef323ea168',
      needs: { op: 'kernel' },
      expects: [...SET_BEFORE_FLUSH, ...UNLESS_PREEMPTED],
    },
  },
  merged: 'lazy-mmu',
  rows: [
    { name: 'duplicate, machine check', variant: 'buggy' },
    { name: 'duplicate, refault livelock', variant: 'buggy', knobs: { on_duplicate: 'refault' } },
    { name: 'duplicate, stale access', variant: 'buggy', knobs: { on_duplicate: 'stale' } },
    { name: 'duplicate in full groups', variant: 'buggy', knobs: { fill: 'full', group: 'secondary' } },
    { name: 'full rights, page freed with the lock', variant: 'buggy', knobs: { rights: 'rw', page_free: 'unlock' } },
    { name: 'full rights, page kept by the gather', variant: 'buggy', knobs: { rights: 'rw' } },
    { name: 'flush before unlock', variant: 'flush-pending' },
    {
      name: 'flush before unlock, full rights',
      variant: 'flush-pending',
      knobs: { rights: 'rw', page_free: 'unlock' },
    },
    { name: 'merged', variant: 'lazy-mmu' },
    { name: 'merged, full rights', variant: 'lazy-mmu', knobs: { rights: 'rw', page_free: 'unlock' } },
    { name: 'merged, full groups', variant: 'lazy-mmu', knobs: { fill: 'full', pte_pages: '2' }, cpus: 4 },
    { name: 'mprotect, batch until the end', variant: 'buggy', knobs: { op: 'mprotect' } },
    { name: 'mprotect, flush before unlock', variant: 'flush-pending', knobs: { op: 'mprotect' } },
    { name: 'mprotect, merged', variant: 'lazy-mmu', knobs: { op: 'mprotect' } },
    {
      name: 'mprotect, merged, refault livelock',
      variant: 'lazy-mmu',
      knobs: { op: 'mprotect', on_duplicate: 'refault' },
    },
    { name: 'mprotect takes rights away, merged', variant: 'lazy-mmu', knobs: { op: 'mprotect', rights: 'rw' } },
    { name: 'mprotect, flush before set_pte_at', variant: 'flush-before-set' },
    {
      name: 'mprotect, flush before set_pte_at, full groups',
      variant: 'flush-before-set',
      knobs: { fill: 'full', pte_pages: '2' },
      cpus: 4,
    },
    { name: 'mprotect takes rights away, flush without tlbie', variant: 'no-tlbie', knobs: { op: 'mprotect' } },
    { name: 'one lock for all PTEs', variant: 'unsplit-ptl' },
    { name: 'unlock before leave', variant: 'leave-after-unlock' },
    { name: 'flush without tlbie', variant: 'no-tlbie' },
    { name: 'flush of the primary group', variant: 'primary-only' },
    { name: 'preemptible, batch per CPU', variant: 'lazy-preempt' },
    { name: 'preemptible, flush at a switch', variant: 'lazy-preempt-flush' },
    {
      name: 'preemptible, flush at a switch, preempted at K4 only',
      variant: 'lazy-preempt-flush',
      knobs: { preempt_at: 'rest' },
    },
    { name: 'preemption off', variant: 'lazy-preempt-off' },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
