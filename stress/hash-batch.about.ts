/** What hash-batch says about itself: steps, knobs, variants and what is expected of each. */
import {
  BATCH_PENDING,
  BUSY_BROKEN,
  DEADLOCK,
  FREED_FRAME,
  HASHPTE_MISMATCH,
  MACHINE_CHECK,
  steps,
  type Expectation,
  type RaceFacts,
} from '../lib/sdk.js';
import { WINDOWS } from './hash-batch.state.js';

const STEPS = [
  ...(['Z1', 'Z2', 'Z3', 'Z4', 'Z5', 'Z6', 'Z7'] as const),
  ...(['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6'] as const),
] as const;
export const S = steps(STEPS);

export const DUPLICATE_HPTE = 'duplicate-hpte';
export const REFAULT_LIVELOCK = 'refault-livelock';
export const STALE_ACCESS = 'stale-access';

const HOLDS: readonly Expectation[] = [{}];
const FREED: Expectation = { fails: FREED_FRAME };
/** What two entries of one page lead to. With `seed` all three occur. */
const DUPLICATE: readonly Expectation[] = [
  { when: { on_duplicate: 'refault' }, fails: REFAULT_LIVELOCK },
  { when: { on_duplicate: 'stale' }, fails: STALE_ACCESS },
  { fails: MACHINE_CHECK },
];
/**
 * The entry outlives the PTE lock, until the gather is finished. An access that it allows does not fault: it goes to the
 * old page, which the gather still keeps. Only a page that goes back earlier has been freed by then.
 */
const OUTLIVES_THE_LOCK: readonly Expectation[] = [
  { when: { rights: 'rw', page_free: 'gather' } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load', page_free: 'gather' } },
  { when: { access: 'load' }, ...FREED },
  ...DUPLICATE,
];
/** The entry stays for good, if it is in the secondary group. */
const OUTLIVES_THE_FLUSH: readonly Expectation[] = [
  { when: { group: 'primary' } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load' }, ...FREED },
  ...DUPLICATE,
];
const MAIL = 'the mail';
const MERGED = 'a741e67969577163a4cfc78d7fd2753219087ef1';

export const ABOUT = {
  name: 'hash-batch',
  question: 'Can the ppc64 hash table hold two entries of one page?',
  mail: '002_87a24ad769dd0bd9.txt',
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

Who looks when: an auditor counts the valid entries of each page in one atomic word, at every insert (I9); a duplicate that
is gone before the processor meets it is counted as duplicate-hpte. One that a walk meets ends as on_duplicate says.

Two things that reading the mail does not tell:
- An entry with full rights (rights=rw) needs no fault: the access just goes to the old page (I17). In Linux that page has
  not been freed: tlb_flush() flushes the batch before the gather lets its pages go. page_free=unlock stands for a page
  whose owner takes the dropped PTE lock for the end of its use.
- A machine check in user mode is a SIGBUS for the process. The oops needs an access by the kernel, here read() or write().`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [MACHINE_CHECK]: 'a walk of the hash table met two entries of one page, and the processor stopped (I9)',
    [DUPLICATE_HPTE]:
      'a second entry of a page was inserted, and one of the two was gone before a walk could meet both (I9)',
    [REFAULT_LIVELOCK]: 'the processor used the older of two entries: the access faulted again and again',
    [STALE_ACCESS]: 'the processor used the older of two entries: a load did not see what had been stored',
    [FREED_FRAME]: 'an access went to a page that had been freed (I17)',
    [HASHPTE_MISMATCH]: 'a PTE and the hash table contradict each other (I10)',
    [BUSY_BROKEN]: 'a PTE changed while hash_page had it BUSY (I11)',
    [BATCH_PENDING]: 'a TLB batch was not empty where it must be (I6)',
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
  },
  knobs: {
    rights: {
      values: ['ro', 'rw'],
      default: 'ro',
      about: 'rights of the entries at first: read-only, since their PTEs are clean, or full',
    },
    access: { values: ['store', 'load'], default: 'store', about: 'what the threads do to the page' },
    group: { values: ['primary', 'secondary'], default: 'primary', about: "where the page's entry stands at first" },
    fill: {
      values: ['sparse', 'full'],
      default: 'sparse',
      about: 'the other slots: free, or taken, so that an insert evicts an entry',
    },
    on_duplicate: {
      values: ['machine-check', 'refault', 'stale', 'seed'],
      default: 'machine-check',
      about:
        'two entries of a page: the processor stops, uses the weaker, or the weaker for loads; seed draws one for each trial',
    },
    page_free: {
      values: ['gather', 'unlock'],
      default: 'gather',
      about: 'when the unmapped page goes back: behind the flush, as in Linux, or with the PTE lock',
    },
    tlb: { values: ['cold', 'warm'], default: 'cold', about: 'whether the threads have used the page before' },
    pte_pages: { values: ['1', '2', '4'], default: '1', about: 'PTE pages in the range that is unmapped' },
  },
  variants: {
    buggy: {
      about: 'invalidations are batched until the gather is finished',
      source: `${MAIL}; 2.6.20`,
      expects: OUTLIVES_THE_LOCK,
    },
    'flush-pending': {
      about: 'zap_pte_range() flushes the pending batch before it drops the PTE lock',
      source: `${MAIL}, the quick fix`,
      expects: HOLDS,
    },
    'lazy-mmu': {
      about: 'a batch lives in lazy MMU mode alone, which ends before the PTE lock is dropped',
      source: MERGED,
      expects: HOLDS,
    },
    'unsplit-ptl': {
      about: 'all PTE locks are one: it is dropped before the flush all the same',
      source: 'not a fix (analysis)',
      expects: OUTLIVES_THE_LOCK,
    },
    'leave-after-unlock': {
      about: 'the merged fix with the two last calls of zap_pte_range() in the wrong order',
      source: `${MERGED}, broken on purpose (analysis)`,
      expects: OUTLIVES_THE_LOCK,
    },
    'no-tlbie': {
      about: 'the flush empties the slots and leaves translations in the TLBs',
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { rights: 'rw', tlb: 'warm' },
      expects: [FREED],
    },
    'primary-only': {
      about: "the flush searches the page's primary group instead of using the slot bits",
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { group: 'secondary' },
      expects: OUTLIVES_THE_FLUSH,
    },
    'lazy-preempt': {
      about:
        'the merged fix with a range that has no PTE lock, as the kernel has: lazy MMU mode is preempted, the batch stays behind',
      source: `${MERGED}, before d6bf29b44ddf`,
      expects: [{ fails: BATCH_PENDING }],
    },
    'lazy-preempt-flush': {
      about: 'the same; a context switch flushes the batch',
      source: 'd6bf29b44ddf',
      expects: HOLDS,
    },
    'lazy-preempt-off': {
      about: 'the same; lazy MMU mode disables preemption',
      source: 'b9ef323ea168',
      expects: HOLDS,
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
    { name: 'one lock for all PTEs', variant: 'unsplit-ptl' },
    { name: 'unlock before leave', variant: 'leave-after-unlock' },
    { name: 'flush without tlbie', variant: 'no-tlbie' },
    { name: 'flush of the primary group', variant: 'primary-only' },
    { name: 'preemptible, batch per CPU', variant: 'lazy-preempt' },
    { name: 'preemptible, flush at a switch', variant: 'lazy-preempt-flush' },
    { name: 'preemption off', variant: 'lazy-preempt-off' },
  ],
} satisfies Omit<RaceFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
