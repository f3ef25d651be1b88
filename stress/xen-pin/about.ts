/** What xen-pin says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

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
import { MMU_UPDATE_FAILED, MULTICALL_FAILED, OOPS_WRITE_PROTECTION, PTE_PAGE_UNGUARDED } from '../../lib/sdk/xen.js';
import { LOST_DIRTY } from '../../lib/sdk/mm.js';
import { EXPLAIN } from './explain.js';

const STEPS = [
  ...(['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10'] as const),
  ...(['R1', 'R2', 'R3', 'R4', 'R5', 'R6'] as const),
  ...(['X1', 'X2', 'X3', 'X4', 'X5', 'X6', 'X7', 'X8', 'X9'] as const),
  ...(['T1', 'T2', 'T3', 'U1', 'V1', 'V2', 'V3'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = [
  'W_RO_NOT_PINNED',
  'W_UNTYPED_NOT_RW',
  'W_LOAD_TO_UPDATE',
  'W_TYPE_IN_FLUX',
  'W_BEFORE_X1',
  'W_MASK_TO_IPI',
  'W_LOOK_TO_STORE',
] as const;
export const W = indexes(WINDOWS);

export const BUG_PAGE_MAPPED = 'bug-page-mapped';

const OOPS: Expectation = { fails: OOPS_WRITE_PROTECTION };
const HOLDS: Expectation = {};
/** Without split PTE locks R3 takes the lock that the pinning CPU holds; a table in use is pinned all the time. */
const EXCLUDED: Expectation[] = [
  { when: { split_ptl: '0' }, twin: { knobs: { split_ptl: '1' } } },
  { when: { path: 'run' }, twin: { variant: 'mail1-mmu-update' } },
];
/** With the A bit clear page_referenced_one() stores nothing. */
const NOTHING_TO_CLEAR: Expectation[] = [
  { when: { accessed: 'mkold', writer: 'reclaim' }, twin: { knobs: { accessed: 'hw' } } },
];
/** What a raw store to the PTE leads to. */
const RAW: Expectation[] = [...EXCLUDED, ...NOTHING_TO_CLEAR, OOPS];
/** A fix of the young bit alone: try_to_unmap() and truncate still store raw. */
const YOUNG_ONLY: Expectation[] = [...EXCLUDED, { when: { writer: 'reclaim' } }, OOPS];
/** A load and an update by hypercall: a dirty bit set between the two is lost, if A was set or the PTE goes. */
const LOAD_THEN_UPDATE: Expectation[] = [
  { when: { path: 'run', writer: 'truncate' }, twin: { variant: 'mail1-mmu-update', knobs: { writer: 'unmap' } } },
  {
    when: { path: 'run', writer: 'reclaim', accessed: 'mkold' },
    twin: { variant: 'mail1-mmu-update', knobs: { accessed: 'hw' } },
  },
  { when: { path: 'run' }, fails: LOST_DIRTY },
];
/** The A and D bits that an entry has are kept, but not those of an entry that is taken out. */
const KEEPS_AD: Expectation[] = [
  { when: { path: 'run', writer: 'unmap' }, fails: LOST_DIRTY },
  { when: { path: 'run', writer: 'mixed' }, fails: LOST_DIRTY },
];
/** The young bit alone by load and update. */
const YOUNG_BY_UPDATE: Expectation[] = [
  { when: { path: 'run', writer: 'reclaim', accessed: 'hw' }, fails: LOST_DIRTY },
  { when: { path: 'run', writer: 'mixed', accessed: 'hw' }, fails: LOST_DIRTY },
];
/** Without the big lock the type of the page changes between the look and the reference, or the pin meets the reference. */
const TYPE_IN_FLUX: Expectation[] = [
  { when: { biglock: '0', split_ptl: '0' }, twin: { knobs: { split_ptl: '1' } } },
  { when: { biglock: '0', path: 'run' }, twin: { variant: 'mail1-mmu-update' } },
  { when: { biglock: '0', writer: 'reclaim', accessed: 'mkold' }, twin: { knobs: { accessed: 'hw' } } },
  { when: { biglock: '0', writer: 'truncate' }, fails: OOPS_WRITE_PROTECTION },
  { when: { biglock: '0', path: 'exit' }, fails: MULTICALL_FAILED, alsoFails: [MMU_UPDATE_FAILED] },
  {
    when: { biglock: '0' },
    fails: MMU_UPDATE_FAILED,
    alsoFails: [MULTICALL_FAILED],
    minority: 'the pin may come while the update has its reference',
  },
];
/** Proposal 1 leaves zap_pte_range() as it is. */
const ZAP_IS_RAW: Expectation[] = [...EXCLUDED, { when: { writer: 'truncate' }, fails: OOPS_WRITE_PROTECTION }, HOLDS];
/**
 * Spinning on a PTE lock with interrupts off, while its owner waits for this CPU to take the flush: only in an exit. In a fork
 * that says nothing of the fix: nobody has run the child, its cpu_vm_mask is empty, and no IPI is sent.
 */
const LOCK_AGAINST_IPI: Expectation[] = [
  { when: { flush: 'hypercall' } },
  { when: { split_ptl: '0' } },
  { when: { path: 'fork' } },
  { when: { path: 'exec' } },
  { when: { path: 'fork-exit' } },
  { when: { path: 'run' } },
  { when: { writer: 'truncate' } },
  ...NOTHING_TO_CLEAR,
  { fails: DEADLOCK },
];
/** Nothing is pinned without a hypervisor, so nothing is read-only. */
const BARE: Expectation[] = [
  {
    when: { hypervisor: 'none', path: 'run' },
    twin: { variant: 'mail1-set-pte-at', knobs: { writer: 'reclaim', accessed: 'hw' } },
  },
  { when: { hypervisor: 'none' }, twin: { knobs: { hypervisor: 'xen' } } },
];
/** vmalloc_sync_all() looks whether the page is pinned, and stores; only page_table_lock keeps the pin out in between. */
const SYNCED: Expectation[] = [
  { when: { writer: 'vmalloc_sync', hypervisor: 'none' }, twin: { knobs: { hypervisor: 'xen', pgt_lock: '0' } } },
  { when: { writer: 'vmalloc_sync', pgt_lock: '1' }, twin: { knobs: { pgt_lock: '0' } } },
  { when: { writer: 'vmalloc_sync', path: 'run' }, twin: { knobs: { path: 'fork', pgt_lock: '0' } } },
  {
    when: { writer: 'vmalloc_sync', biglock: '0' },
    ...OOPS,
    alsoFails: [MMU_UPDATE_FAILED, MULTICALL_FAILED],
    minority: 'the update may meet the pin in the hypervisor',
  },
  { when: { writer: 'vmalloc_sync' }, ...OOPS },
];
const COMMON: Expectation[] = [...SYNCED, ...BARE];
/** A root that another CPU still has for its cr3 cannot be unpinned. */
const syncedBeside = (...lazy: readonly string[]): Expectation[] =>
  lazy.map((how) => ({
    when: { writer: 'vmalloc_sync', hypervisor: 'xen', path: 'exit', lazy: how },
    fails: MULTICALL_FAILED,
    alsoFails: [OOPS_WRITE_PROTECTION, MMU_UPDATE_FAILED],
    minority: 'without page_table_lock the store may come first',
  }));
/** The generic helpers load and store on bare hardware, too: under CONFIG_PARAVIRT all kernels would lose dirty bits. */
const GENERIC: Expectation[] = [
  ...SYNCED,
  ...LOAD_THEN_UPDATE.map((e) => ({ ...e, when: { hypervisor: 'none', ...e.when } })),
  ...BARE,
];
/** Whatever the hypervisor, a page that the rmap does not show is missed by truncate. */
const MISSED: Expectation[] = ['fork', 'exec', 'exit', 'fork-exit'].map((path) => ({
  when: { writer: 'truncate', path },
  fails: BUG_PAGE_MAPPED,
}));
const MAIL = 'the mail';
const MERGED = '74260714c56de4f967fcb2f17a8656bc574b75be';

export const ABOUT = {
  name: 'xen-pin',
  question: 'Does Xen PV page-table pinning race with page_referenced_one()?',
  group: 'page tables and pinning',
  year: '2007',
  mail: 'Jeremy Fitzhardinge, 2007, on 2.6.23-rc9 and 10a8d6ae4b31 "i386: add ptep_test_and_clear_{dirty,young}", https://lore.kernel.org/lkml/?q=10a8d6ae4b3182d6588a5809a8366343bc295c20',
  commits: [
    `${MERGED} "xen: lock pte pages while pinning/unpinning" (2.6.24)`,
    '9f79991d4186089e228274196413572cc000143b "xen: deal with stale cr3 values when unpinning pagetables"',
  ],
  explain: EXPLAIN,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [OOPS_WRITE_PROTECTION]: 'a store to a read-only page-table page that the hypervisor has not typed (I1)',
    [BUG_PAGE_MAPPED]: 'a page is still mapped when it leaves the page cache (I4)',
    [MULTICALL_FAILED]: 'the hypervisor refused an entry of a multicall: the page is still in use as a page table (I2)',
    [PTE_PAGE_UNGUARDED]: 'a PTE page was pinned or unpinned without the PTE lock that the variant promises (I3)',
    [MMU_UPDATE_FAILED]: 'the hypervisor refused an mmu_update: the type of the page was in flux (I2)',
    [LOST_DIRTY]: 'a dirty bit that the hardware had set was overwritten, and its author had not seen it',
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
  },
  knobs: {
    split_ptl: flag(true, 'a lock for each PTE page (NR_CPUS >= 4), or mm.page_table_lock for all'),
    path: choice(
      ['fork', 'exit', 'fork-exit', 'run', 'exec'],
      'what CPU 0 does: dup_mmap, exit_mmap, both, run the process, or exec_mmap',
    ),
    writer: choice(
      ['reclaim', 'unmap', 'mixed', 'truncate', 'vmalloc_sync'],
      'who finds the PTE through the rmap: page_referenced_one, try_to_unmap_one, both, alternating (even CPUs unmap), or truncate; or who finds the table by pgd_list: vmalloc_sync_all',
    ),
    hypervisor: choice(['xen', 'none'], 'none: bare hardware, on which page tables are plain memory'),
    pgt_lock: flag(true, 'whether vmalloc_sync_all takes page_table_lock, as since 617d34d9e5d8'),
    accessed: choice(['hw', 'mkold'], 'A bit of the PTEs: set by the hardware, or clear as copy_one_pte() leaves it'),
    flush: choice(
      ['hypercall', 'ipi'],
      'how flush_tlb_page reaches other CPUs; with path fork and fork-exit nobody has run the child, so there is nobody to reach',
    ),
    lazy: choice(
      ['off', 'borrowed', 'stale'],
      "whether CPU 1 still has the dying mm's cr3: as a lazy TLB, or only because its next cr3 load is queued",
    ),
    own_mm: flag(
      false,
      'the exiting CPU stays in cpu_vm_mask: drop_mm_ref() by load_cr3 instead of leave_mm. exit_mmap() cannot take that branch: the task has no mm any more',
    ),
    biglock: flag(
      true,
      "of the variants by mmu_update: whether it takes the hypervisor's domain lock, as in 2007; without it a page's type can be in flux",
    ),
    pae: flag(false, 'levels of page tables: two, or three with PAE as in the oops of the mail'),
    pte_pages: oneOf(
      [1, 2, 4, 40],
      'PTE pages of the mm; with 40 the multicall queue of 32 is issued in several batches',
    ),
  },
  variants: {
    buggy: {
      about: 'split PTE locks, raw stores to PTEs',
      source: `${MAIL}; 2.6.23-rc9`,
      expects: [...COMMON, ...RAW],
    },
    'split-ptl-off': {
      about: 'every PTE lock is mm.page_table_lock, whatever the knob says',
      source: '"xen: disable split pte locks for now", shipped in 2.6.23',
      expects: [...COMMON, HOLDS],
    },
    'mail1-set-pte-at': {
      about: "generic young-bit helper as coded: set_pte_at, which is a raw store for any mm but current's",
      source: `${MAIL}, proposal 1, with xen_set_pte_at of 2.6.23-rc9 (analysis)`,
      expects: [...GENERIC, ...LOAD_THEN_UPDATE, ...RAW],
    },
    'mail1-mmu-update': {
      about: 'generic helpers by mmu_update: load, then a hypercall that writes the PTE by its machine address',
      source: `${MAIL}, proposal 1`,
      expects: [...GENERIC, ...LOAD_THEN_UPDATE, ...TYPE_IN_FLUX, ...ZAP_IS_RAW],
    },
    'mail1-preserve-ad': {
      about:
        'the same with MMU_PT_UPDATE_PRESERVE_AD: the D bit of an entry that stays is kept, and the A bit as well, so nothing ages',
      source: `${MAIL}, proposal 1; later Xen interface (analysis)`,
      expects: [...GENERIC, ...KEEPS_AD, ...TYPE_IN_FLUX, ...ZAP_IS_RAW],
    },
    'mail2-mmu-update': {
      about:
        'a pv-op test_and_clear_pte_flags with the hypercalls that Xen has: load, then mmu_update, as in proposal 1',
      source: `${MAIL}, proposal 2 (analysis)`,
      expects: [...COMMON, ...YOUNG_BY_UPDATE, ...TYPE_IN_FLUX, ...YOUNG_ONLY],
    },
    'mail2-pv-op': {
      about: 'the same with a hypercall that does not exist: the hypervisor clears the bit in one step',
      source: `${MAIL}, proposal 2; the hypercall is invented`,
      expects: [...COMMON, ...YOUNG_ONLY],
    },
    'mail3-late-rmap': {
      about:
        'the VMA is in the prio tree only while the table is pinned; truncate then misses PTEs that are mapped already',
      source: `${MAIL}, proposal 3, naive form (analysis)`,
      needs: { writer: 'truncate' },
      expects: [...SYNCED, ...MISSED, ...BARE, HOLDS],
    },
    'mail3-pin-first': {
      about:
        'the sound form: the empty table is pinned before the VMA is in the prio tree, and unpinned when it is out again',
      source: `${MAIL}, proposal 3, with pages that are pinned where they are allocated, as xen_alloc_pte() does in a pinned mm (analysis)`,
      expects: [...COMMON, HOLDS],
    },
    'pte-lock': {
      about: "hold each page's PTE lock while it is pinned or unpinned",
      source: MERGED,
      expects: [...COMMON, ...LOCK_AGAINST_IPI],
    },
    'pte-lock-ipi': {
      about:
        'the merged fix with TLB flushes by IPI: it spins on a PTE lock with interrupts off while the owner waits for its ack',
      source: `${MERGED} without the hypercall flush that makes it safe (analysis)`,
      needs: { flush: 'ipi', path: 'exit' },
      expects: [...COMMON, ...LOCK_AGAINST_IPI],
    },
    'exit-no-drop-mm-ref': {
      about: 'unpin without asking lazy CPUs to let go of the mm',
      source: 'drop_mm_ref() left out (analysis)',
      needs: { path: 'exit', lazy: 'borrowed' },
      expects: [
        ...syncedBeside('borrowed', 'stale'),
        ...COMMON,
        { when: { path: 'exit', lazy: 'borrowed' }, fails: MULTICALL_FAILED },
        { when: { path: 'exit', lazy: 'stale' }, fails: MULTICALL_FAILED },
        HOLDS,
      ],
    },
    'exit-stale-cr3': {
      about: 'drop_mm_ref() asks only the CPUs in cpu_vm_mask; one whose cr3 load is still queued is missed',
      source: 'before 9f79991d4186089e228274196413572cc000143b',
      needs: { path: 'exit', lazy: 'stale' },
      expects: [
        ...syncedBeside('stale'),
        ...COMMON,
        { when: { path: 'exit', lazy: 'stale' }, fails: MULTICALL_FAILED },
        HOLDS,
      ],
    },
  },
  merged: 'pte-lock',
  rows: [
    { name: 'buggy, split PTE locks', variant: 'buggy' },
    { name: 'buggy, single PTE lock', variant: 'buggy', knobs: { split_ptl: '0' } },
    { name: 'buggy, exit', variant: 'buggy', knobs: { path: 'exit' } },
    { name: 'buggy, A bit clear: nothing to store', variant: 'buggy', knobs: { accessed: 'mkold' } },
    { name: 'buggy, A bit clear, try_to_unmap', variant: 'buggy', knobs: { accessed: 'mkold', writer: 'unmap' } },
    { name: 'buggy, 40 PTE pages', variant: 'buggy', knobs: { pte_pages: '40' } },
    { name: 'buggy, 4 CPUs', variant: 'buggy', cpus: 4 },
    { name: 'buggy, PAE as in the oops', variant: 'buggy', knobs: { pae: '1' } },
    { name: 'buggy, execve', variant: 'buggy', knobs: { path: 'exec' } },
    { name: 'buggy, bare hardware: visible early', variant: 'buggy', knobs: { hypervisor: 'none' } },
    {
      name: 'merged fix, PAE, vmalloc_sync_all with page_table_lock',
      variant: 'pte-lock',
      knobs: { pae: '1', writer: 'vmalloc_sync' },
    },
    {
      name: 'merged fix, PAE, vmalloc_sync_all without page_table_lock',
      variant: 'pte-lock',
      knobs: { pae: '1', writer: 'vmalloc_sync', pgt_lock: '0' },
    },
    { name: 'split PTE locks disabled (2.6.23)', variant: 'split-ptl-off' },
    { name: 'mail #1 as coded: set_pte_at of a foreign mm', variant: 'mail1-set-pte-at' },
    { name: 'mail #1 as coded, hardware sets D', variant: 'mail1-set-pte-at', knobs: { path: 'run' } },
    { name: 'mail #1 by mmu_update, under the big lock: no oops', variant: 'mail1-mmu-update' },
    { name: 'mail #1 by mmu_update, without the big lock', variant: 'mail1-mmu-update', knobs: { biglock: '0' } },
    { name: 'mail #1 by mmu_update, hardware sets D', variant: 'mail1-mmu-update', knobs: { path: 'run' } },
    {
      name: 'mail #1 on bare hardware, hardware sets D',
      variant: 'mail1-set-pte-at',
      knobs: { path: 'run', hypervisor: 'none' },
    },
    {
      name: 'mail #2 on bare hardware, hardware sets D',
      variant: 'mail2-mmu-update',
      knobs: { path: 'run', hypervisor: 'none' },
    },
    { name: 'mail #1 with PRESERVE_AD, hardware sets D', variant: 'mail1-preserve-ad', knobs: { path: 'run' } },
    {
      name: 'mail #1 with PRESERVE_AD, hardware sets D, try_to_unmap',
      variant: 'mail1-preserve-ad',
      knobs: { path: 'run', writer: 'unmap' },
    },
    { name: 'mail #2 with the hypercalls of Xen, under the big lock: no oops', variant: 'mail2-mmu-update' },
    {
      name: 'mail #2 with the hypercalls of Xen, hardware sets D',
      variant: 'mail2-mmu-update',
      knobs: { path: 'run' },
    },
    { name: 'mail #2 with an invented hypercall: no oops', variant: 'mail2-pv-op' },
    { name: 'mail #2 with an invented hypercall, hardware sets D', variant: 'mail2-pv-op', knobs: { path: 'run' } },
    { name: 'mail #2 with an invented hypercall, try_to_unmap', variant: 'mail2-pv-op', knobs: { writer: 'unmap' } },
    { name: 'mail #3 naive, truncate', variant: 'mail3-late-rmap' },
    { name: 'mail #3, pinned first', variant: 'mail3-pin-first', knobs: { path: 'fork-exit' } },
    {
      name: 'mail #3, pinned first, truncate',
      variant: 'mail3-pin-first',
      knobs: { path: 'fork-exit', writer: 'truncate' },
    },
    { name: 'merged fix, fork, flush by hypercall', variant: 'pte-lock' },
    { name: 'merged fix, exit, flush by hypercall', variant: 'pte-lock', knobs: { path: 'exit' } },
    { name: 'merged fix, exit, flush by IPI', variant: 'pte-lock-ipi' },
    {
      name: 'merged fix, exit, cr3 borrowed by a lazy CPU',
      variant: 'pte-lock',
      knobs: { path: 'exit', lazy: 'borrowed' },
    },
    { name: 'merged fix, exit, stale cr3', variant: 'pte-lock', knobs: { path: 'exit', lazy: 'stale' } },
    { name: 'merged fix, 40 PTE pages', variant: 'pte-lock', knobs: { path: 'fork-exit', pte_pages: '40' } },
    { name: 'merged fix, 4 CPUs', variant: 'pte-lock', knobs: { path: 'fork-exit', writer: 'mixed' }, cpus: 4 },
    { name: 'exit without drop_mm_ref, lazy CPU', variant: 'exit-no-drop-mm-ref' },
    { name: 'exit before 9f79991d, stale cr3', variant: 'exit-stale-cr3' },
  ],
  // What a pass takes from a running process, or from the file, does not come back in the next.
  free: {
    knobs: { path: 'fork-exit' },
    allowed: [
      { path: 'fork-exit', writer: 'reclaim' },
      { path: 'fork-exit', writer: 'unmap' },
      { path: 'fork-exit', writer: 'mixed' },
    ],
  },
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
