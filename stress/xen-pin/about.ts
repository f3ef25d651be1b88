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

const STEPS = [
  ...(['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10'] as const),
  ...(['R1', 'R2', 'R3', 'R4', 'R5', 'R6'] as const),
  ...(['X1', 'X2', 'X3', 'X4', 'X5', 'X6', 'X7', 'X8', 'X9'] as const),
  ...(['T1', 'T2', 'T3', 'U1'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = [
  'W_RO_NOT_PINNED',
  'W_UNTYPED_NOT_RW',
  'W_LOAD_TO_UPDATE',
  'W_TYPE_IN_FLUX',
  'W_BEFORE_X1',
  'W_MASK_TO_IPI',
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
  { when: { path: 'fork-exit' } },
  { when: { path: 'run' } },
  { when: { writer: 'truncate' } },
  ...NOTHING_TO_CLEAR,
  { fails: DEADLOCK },
];
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
  explain: `Xen keeps the page tables of a paravirtualised guest read-only and emulates the guest's stores to them, as long as
it knows the page as a page table ("typed"). A new table is first made read-only, page by page (F7), then pinned, which
types it (F8); both are queued and executed by one multicall (F9). Exit does it the other way round (X3, X4).

fork, on CPU 0 (dup_mmap)                        reclaim, on CPU 1 (shrink_page_list)
F3  child's VMA into the prio tree               R1  lock i_mmap_lock, find the child's VMA
F4  copy the parent's PTEs                       R2  walk its page table: is the PTE present?
F5  lock mm.page_table_lock                      R3  lock the PTE lock
F6  interrupts off                               R4  look again
F7  each page p: PG_pinned, queue lin[p] := RO   R5  A bit set? lock btr $5, (pte)
F8  queue the pin of the root                    R6  flush_tlb_page, unlock
F9  the hypervisor executes the queue
F10 unlock

exit, on CPU 0 (exit_mmap)
X1  drop_mm_ref: every CPU lets go of the root   X4  each page p: queue lin[p] := RW
X2  lock mm.page_table_lock, interrupts off      X5  the hypervisor executes the queue
X3  queue the unpin of the root                  X6 unlock; X7 unmap; X8 VMA out of the prio tree

The store of R5 goes through the linear map. If lin[p] is RO it faults into the hypervisor, which emulates it if p is a
typed L1 page and otherwise hands the fault to the guest: oops, error code 0003. That is so between F9's "lin[p] := RO"
and its pin, and between X5's unpin and its "lin[p] := RW". With split PTE locks R3 takes p's own lock, which the
pinning CPU does not hold; without them it is mm.page_table_lock, and the two exclude each other.

Two things that reading the mail does not tell:
- copy_one_pte() clears the A bit of the child's PTEs, so that after a plain fork page_referenced_one() has nothing to
  store (knob accessed=mkold). accessed=hw stands for hardware that has set it. try_to_unmap() stores in any case.
- The merged fix spins on a PTE lock with interrupts off. Were the TLB flush of R6 an IPI instead of a hypercall, and
  the pinning CPU one of its targets, the two would wait for each other: variant pte-lock-ipi. That is narrow: X1 takes the
  exiting CPU out of the mask, so R6 must have read the mask before it, and the IPI must come after X2. In the bare model one
  exit in 1,300 did so; two windows make it frequent (W_BEFORE_X1, W_MASK_TO_IPI: what flush_tlb_others() waits for its lock).

What rests on the hypervisor, and on what it does not have:
- "set_pte_at() makes a hypercall, which always works" (the mail) is not so for reclaim: xen_set_pte_at() makes one for current's
  own mm and stores raw otherwise. And a store of a whole PTE, raw or by hypercall, overwrites the D bit that the hardware sets
  after the PTE was read (path=run): each such store is checked where it is made.
- "Always works" is the domain lock of 2007, which excludes a pin while an mmu_update looks at the page's type. \`biglock=0\` takes
  it away: the update is refused, or holds a reference that the pin meets. Later Xen retries (xen.git 89acd8b4, by its title and
  the notes of others: the commit was not read).
- A hypercall that clears bits does not exist: do_mmu_update() stores a whole value, with the A and D bits kept or not. With what
  there is proposal 2 is proposal 1 (mail2-mmu-update); mail2-pv-op is what the mail may have had in mind.`,
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
      ['fork', 'exit', 'fork-exit', 'run'],
      'what CPU 0 does: dup_mmap, exit_mmap, both, or run the process',
    ),
    writer: choice(
      ['reclaim', 'unmap', 'mixed', 'truncate'],
      'who finds the PTE through the rmap: page_referenced_one, try_to_unmap_one, both, alternating (even CPUs unmap), or truncate',
    ),
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
    buggy: { about: 'split PTE locks, raw stores to PTEs', source: `${MAIL}; 2.6.23-rc9`, expects: RAW },
    'split-ptl-off': {
      about: 'every PTE lock is mm.page_table_lock, whatever the knob says',
      source: '"xen: disable split pte locks for now", shipped in 2.6.23',
      expects: [HOLDS],
    },
    'mail1-set-pte-at': {
      about: "generic young-bit helper as coded: set_pte_at, which is a raw store for any mm but current's",
      source: `${MAIL}, proposal 1, with xen_set_pte_at of 2.6.23-rc9 (analysis)`,
      expects: [...LOAD_THEN_UPDATE, ...RAW],
    },
    'mail1-mmu-update': {
      about: 'generic helpers by mmu_update: load, then a hypercall that writes the PTE by its machine address',
      source: `${MAIL}, proposal 1`,
      expects: [...LOAD_THEN_UPDATE, ...TYPE_IN_FLUX, ...ZAP_IS_RAW],
    },
    'mail1-preserve-ad': {
      about:
        'the same with MMU_PT_UPDATE_PRESERVE_AD: the D bit of an entry that stays is kept, and the A bit as well, so nothing ages',
      source: `${MAIL}, proposal 1; later Xen interface (analysis)`,
      expects: [...KEEPS_AD, ...TYPE_IN_FLUX, ...ZAP_IS_RAW],
    },
    'mail2-mmu-update': {
      about:
        'a pv-op test_and_clear_pte_flags with the hypercalls that Xen has: load, then mmu_update, as in proposal 1',
      source: `${MAIL}, proposal 2 (analysis)`,
      expects: [...YOUNG_BY_UPDATE, ...TYPE_IN_FLUX, ...YOUNG_ONLY],
    },
    'mail2-pv-op': {
      about: 'the same with a hypercall that does not exist: the hypervisor clears the bit in one step',
      source: `${MAIL}, proposal 2; the hypercall is invented`,
      expects: YOUNG_ONLY,
    },
    'mail3-late-rmap': {
      about:
        'the VMA is in the prio tree only while the table is pinned; truncate then misses PTEs that are mapped already',
      source: `${MAIL}, proposal 3, naive form (analysis)`,
      needs: { writer: 'truncate' },
      expects: [
        { when: { writer: 'truncate', path: 'fork' }, fails: BUG_PAGE_MAPPED },
        { when: { writer: 'truncate', path: 'exit' }, fails: BUG_PAGE_MAPPED },
        { when: { writer: 'truncate', path: 'fork-exit' }, fails: BUG_PAGE_MAPPED },
        HOLDS,
      ],
    },
    'pte-lock': {
      about: "hold each page's PTE lock while it is pinned or unpinned",
      source: MERGED,
      expects: LOCK_AGAINST_IPI,
    },
    'pte-lock-ipi': {
      about:
        'the merged fix with TLB flushes by IPI: it spins on a PTE lock with interrupts off while the owner waits for its ack',
      source: `${MERGED} without the hypercall flush that makes it safe (analysis)`,
      needs: { flush: 'ipi', path: 'exit' },
      expects: LOCK_AGAINST_IPI,
    },
    'exit-no-drop-mm-ref': {
      about: 'unpin without asking lazy CPUs to let go of the mm',
      source: 'drop_mm_ref() left out (analysis)',
      needs: { path: 'exit', lazy: 'borrowed' },
      expects: [
        { when: { path: 'exit', lazy: 'borrowed' }, fails: MULTICALL_FAILED },
        { when: { path: 'exit', lazy: 'stale' }, fails: MULTICALL_FAILED },
        HOLDS,
      ],
    },
    'exit-stale-cr3': {
      about: 'drop_mm_ref() asks only the CPUs in cpu_vm_mask; one whose cr3 load is still queued is missed',
      source: 'before 9f79991d4186089e228274196413572cc000143b',
      needs: { path: 'exit', lazy: 'stale' },
      expects: [{ when: { path: 'exit', lazy: 'stale' }, fails: MULTICALL_FAILED }, HOLDS],
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
    { name: 'split PTE locks disabled (2.6.23)', variant: 'split-ptl-off' },
    { name: 'mail #1 as coded: set_pte_at of a foreign mm', variant: 'mail1-set-pte-at' },
    { name: 'mail #1 as coded, hardware sets D', variant: 'mail1-set-pte-at', knobs: { path: 'run' } },
    { name: 'mail #1 by mmu_update, under the big lock: no oops', variant: 'mail1-mmu-update' },
    { name: 'mail #1 by mmu_update, without the big lock', variant: 'mail1-mmu-update', knobs: { biglock: '0' } },
    { name: 'mail #1 by mmu_update, hardware sets D', variant: 'mail1-mmu-update', knobs: { path: 'run' } },
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
