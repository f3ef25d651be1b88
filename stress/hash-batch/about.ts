/** What hash-batch says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { DEADLOCK, choice, indexes, oneOf, steps, type ActorFacts } from '../../lib/sdk/index.js';
import { BATCH_PENDING, BUSY_BROKEN, FREED_FRAME, HASHPTE_MISMATCH, MACHINE_CHECK } from '../../lib/sdk/ppc64.js';
import {
  ELSEWHERE,
  ELSEWHERE_HOLDS,
  HOLDS,
  LEFT_BEHIND,
  LEFT_WITHOUT_LAZY,
  OTHER_PATHS_HOLD,
  OTHER_PATHS_PRIMARY_ONLY,
  OTHER_PATHS_WITHOUT_TLBIE,
  OUTLIVES_THE_FLUSH,
  OUTLIVES_THE_LOCK,
  RIGHTS_STAY,
  SET_BEFORE_FLUSH,
  TRANSLATIONS_STAY,
  UNLESS_PREEMPTED,
  WRONG_BATCH,
  where,
} from './expectations.js';
import { EXPLAIN } from './explain.js';
import { DUPLICATE_HPTE, REFAULT_LIVELOCK, STALE_ACCESS, STALE_RIGHTS } from './signatures.js';

const STEPS = [
  ...(['Z1', 'Z2', 'Z3', 'Z4', 'Z5', 'Z6', 'Z7'] as const),
  ...(['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6'] as const),
  ...(['M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7'] as const),
  ...(['K1', 'K2', 'K3', 'K4', 'K5'] as const),
  ...(['R1', 'R2', 'R3', 'R4', 'R5'] as const),
  ...(['F1', 'F2', 'F3', 'F4', 'F5', 'T1', 'T2', 'T3', 'T4'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_CLEARED_LOCKED', 'W_CLEARED_UNLOCKED', 'W_TOUCHED', 'W_SET_NOT_FLUSHED', 'W_BEFORE_STORE'] as const;
export const W = indexes(WINDOWS);

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
  explain: EXPLAIN,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [MACHINE_CHECK]:
      'a walk of the hash table, or a look into the TLB, met two entries of one page, and the processor stopped (I9)',
    [DUPLICATE_HPTE]:
      'a second entry of a page was inserted, and one of the two was gone before a walk could meet both (I9)',
    [REFAULT_LIVELOCK]: 'the processor used the older of two entries: the access faulted again and again',
    [STALE_ACCESS]:
      'the processor used the older of two entries: a load did not see what had been stored; or an access went through the old address of a page that mremap() had moved (I17)',
    [STALE_RIGHTS]: 'a store went through after mprotect() or fork() had forbidden it (I17)',
    [FREED_FRAME]: 'an access went to a page that had been freed (I17)',
    [HASHPTE_MISMATCH]: 'a PTE and the hash table contradict each other (I10)',
    [BUSY_BROKEN]: 'a PTE changed while hash_page had it BUSY (I11)',
    [BATCH_PENDING]: 'a TLB batch was not empty where it must be (I6)',
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
  },
  knobs: {
    op: choice(
      ['unmap', 'mprotect', 'kernel', 'mremap', 'fork', 'rmap'],
      "what CPU 0 does: unmap_mapping_range; mprotect, which gives the right to store or takes it, as `rights` says; apply_to_page_range on the kernel's own range; mremap; fork, whose child shares the pages; or try_to_unmap",
    ),
    mmu: choice(
      ['hash', 'tsb', 'blind', 'probe', 'demap'],
      "what stands between PTEs and processor: ppc64's hash table; sparc64's TSB, one slot for a page; or a TLB that software fills: without a look at what is there, where a probe finds an entry, or once that is taken out. All but hash with op=unmap or mprotect",
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
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE, ...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...OUTLIVES_THE_LOCK],
    },
    'flush-pending': {
      about: 'zap_pte_range() and change_pte_range() flush the pending batch before they drop the PTE lock',
      source: `${MAIL}, the quick fix`,
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE_HOLDS, ...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...HOLDS],
    },
    'lazy-mmu': {
      about: 'a batch lives in lazy MMU mode alone, which ends before the PTE lock is dropped',
      source: MERGED,
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE_HOLDS, ...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...HOLDS],
    },
    'flush-before-set': {
      about: 'the merged fix, and change_pte_range() flushes the pending batch before it sets the new PTE',
      source: 'a candidate (analysis); in no kernel that was read',
      needs: { op: 'mprotect' },
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE_HOLDS, ...LEFT_BEHIND, ...HOLDS],
    },
    'unsplit-ptl': {
      about: 'all PTE locks are one: it is dropped before the flush all the same',
      source: 'not a fix (analysis)',
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE, ...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...OUTLIVES_THE_LOCK],
    },
    'ptl-over-gather': {
      about: 'one lock for all PTEs, held until the gather is finished: what made it safe before PTE locks were split',
      source: `${MAIL}, "we used to be safe thanks to the PTL"; zap_page_range() until 2.6.14`,
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE_HOLDS, ...SET_BEFORE_FLUSH, ...LEFT_WITHOUT_LAZY, ...HOLDS],
    },
    'leave-after-unlock': {
      about: 'the merged fix with the two last calls of zap_pte_range() in the wrong order',
      source: `${MERGED}, broken on purpose (analysis)`,
      expects: [...OTHER_PATHS_HOLD, ...ELSEWHERE, ...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...OUTLIVES_THE_LOCK],
    },
    'no-tlbie': {
      about: 'the flush empties the slots and leaves translations in the TLBs',
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { rights: 'rw', tlb: 'warm' },
      expects: [
        ...OTHER_PATHS_WITHOUT_TLBIE,
        ...where({ tlb: 'warm' }, RIGHTS_STAY),
        ...SET_BEFORE_FLUSH,
        ...LEFT_BEHIND,
        ...TRANSLATIONS_STAY,
      ],
    },
    'primary-only': {
      about: "the flush searches the page's primary group instead of using the slot bits",
      source: `${MERGED}, broken on purpose (analysis)`,
      needs: { group: 'secondary' },
      expects: [
        ...OTHER_PATHS_PRIMARY_ONLY,
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
      expects: [...OTHER_PATHS_HOLD, ...SET_BEFORE_FLUSH, ...LEFT_BEHIND, ...HOLDS],
    },
    'lazy-preempt-flush': {
      about: 'the same; a context switch flushes the batch, and lazy MMU mode goes with the task',
      source: 'd6bf29b44ddf',
      needs: { op: 'kernel' },
      expects: [...OTHER_PATHS_HOLD, ...SET_BEFORE_FLUSH, ...WRONG_BATCH, ...HOLDS],
    },
    'lazy-preempt-off': {
      about: 'the same; lazy MMU mode disables preemption',
      source: 'b9ef323ea168',
      needs: { op: 'kernel' },
      expects: [...OTHER_PATHS_HOLD, ...SET_BEFORE_FLUSH, ...UNLESS_PREEMPTED],
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
    { name: 'mremap, merged', variant: 'lazy-mmu', knobs: { op: 'mremap', rights: 'rw', tlb: 'warm' } },
    { name: 'mremap, flush without tlbie', variant: 'no-tlbie', knobs: { op: 'mremap' } },
    {
      name: 'fork write-protects, merged',
      variant: 'lazy-mmu',
      knobs: { op: 'fork', rights: 'rw', tlb: 'warm' },
    },
    { name: 'fork write-protects, flush without tlbie', variant: 'no-tlbie', knobs: { op: 'fork' } },
    { name: 'rmap takes a page, merged', variant: 'lazy-mmu', knobs: { op: 'rmap', rights: 'rw', tlb: 'warm' } },
    { name: 'rmap takes a page, flush without tlbie', variant: 'no-tlbie', knobs: { op: 'rmap' } },
    { name: 'sparc64, batch until the end', variant: 'buggy', knobs: { mmu: 'tsb', tlb: 'warm' } },
    {
      name: 'sparc64, batch until the end, page freed with the lock',
      variant: 'buggy',
      knobs: { mmu: 'tsb', rights: 'rw', page_free: 'unlock' },
    },
    { name: 'sparc64, mprotect, batch until the end', variant: 'buggy', knobs: { mmu: 'tsb', op: 'mprotect' } },
    { name: 'software TLB, blind refill', variant: 'buggy', knobs: { mmu: 'blind', tlb: 'warm' } },
    { name: 'software TLB, blind refill, merged', variant: 'lazy-mmu', knobs: { mmu: 'blind', tlb: 'warm' } },
    { name: 'software TLB, refill with a probe', variant: 'buggy', knobs: { mmu: 'probe', tlb: 'warm' } },
    { name: 'software TLB, refill behind a demap', variant: 'buggy', knobs: { mmu: 'demap', tlb: 'warm' } },
    { name: 'one lock over the gather', variant: 'ptl-over-gather' },
    { name: 'one lock over the gather, mprotect', variant: 'ptl-over-gather', knobs: { op: 'mprotect' } },
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
