/**
 * Does Xen PV page-table pinning race with page_referenced_one()?   Result: buggy Sometimes, merged fix Never
 *
 * Mail:  J. Fitzhardinge, 2.6.23-rc9: a child's page table is found through the rmap before it is pinned.
 * Race:  pinning makes a page-table page read-only, then registers it with Xen. Between the two, a raw store to one of
 *        its PTEs faults and Xen does not emulate it: oops 0003. Unpinning has the same window the other way round.
 * Fix:   74260714c56d "xen: lock pte pages while pinning/unpinning": hold the page's PTE lock across both steps.
 * Left out: anonymous pages, the page lock, mmap_sem, shared PMDs, the two halves of a PAE entry, PTE pages in high memory
 *        (HIGHPTE: xen_pgd_pin() unmaps kmaps first, and enables interrupts in its middle).
 * Asked in the mail: pins in execve, visible early on bare hardware, proposals 1 to 3; why vmalloc_sync_all() takes page_table_lock.
 * Run:   npx racehammer run xen-pin
 * Words and first state: state.ts. Reclaim and truncate: rmap.ts. vmalloc_sync_all(): vmallocSync.ts. drop_mm_ref(): cr3.ts. Variants, knobs
 * and the step labels F, R, X: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_lock_nest_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, flush_tlb_func, pte_mkold, pte_present } from '../../lib/sdk/mm.js';
import {
  MMU,
  PG_pinned,
  PGT_l1_page_table,
  PT_PAGE,
  dropBatch,
  native_set_pte,
  ptPageOf,
  xen_mc_batch,
  xen_mc_callback,
  xen_mc_entry,
  xen_mc_issue,
} from '../../lib/sdk/xen.js';
import { ABOUT, S, W } from './about.js';
import { drop_mm_ref, drop_other_mm_ref } from './cr3.js';
import { MUTANTS } from './mutants.js';
import { xenPinReport } from './report.js';
import { shrink_page_list, truncate_inode_pages, zap_pte } from './rmap.js';
import { vmalloc_sync_one } from './vmallocSync.js';
import {
  FILE_PAGE,
  MM,
  PGD,
  PMD,
  configure,
  filePage,
  pte_lockptr,
  ptePage,
  ptepOf,
  reset,
  role,
  symbol,
  type Config,
} from './state.js';

const F_DUP_MMAP = kernelFunction('dup_mmap');
const F_EXEC_MMAP = kernelFunction('exec_mmap');
const F_COPY_PAGE_RANGE = kernelFunction('copy_page_range');
const F_XEN_PGD_PIN = kernelFunction('xen_pgd_pin');
const F_EXIT_MMAP = kernelFunction('exit_mmap');
const F_XEN_PGD_UNPIN = kernelFunction('xen_pgd_unpin');

/** CPU 0: fork. F1 (each VMA of the parent: one here) and F2 (anonymous pages: none) are not steps of their own. */
function dup_mmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DUP_MMAP);
  fillAndPin(cpu, mm, c);
  leave(cpu);
}

/** CPU 0: execve. The pages of the arguments are in the rmap before activate_mm() pins the new table. */
function exec_mmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_EXEC_MMAP);
  fillAndPin(cpu, mm, c);
  leave(cpu);
}

/** F3 to F10, or with the pin in front. */
function fillAndPin(cpu: Cpu, mm: number, c: Config): void {
  if (c.pinFirst) pinLocked(cpu, mm, c); // [fix mail3-pin-first +] of an empty table
  step(cpu, S.F3);
  if (!c.lateRmap) set_vma_visible(cpu, mm, 1); // [fix mail3 -] rmap-visible from here on
  step(cpu, S.F4);
  copy_page_range(cpu, mm, c);
  if (!c.pinFirst) pinLocked(cpu, mm, c); // [fix mail3-pin-first -] arch_dup_mmap(), activate_mm()
  if (c.lateRmap) set_vma_visible(cpu, mm, 1); // [fix mail3 +]
}

function pinLocked(cpu: Cpu, mm: number, c: Config): void {
  if (!c.hypervisor) return;
  step(cpu, S.F5);
  spin_lock(cpu, mm + MM.page_table_lock);
  xen_pgd_pin(cpu, mm, c);
  step(cpu, S.F10);
  spin_unlock(cpu, mm + MM.page_table_lock);
}

function set_vma_visible(cpu: Cpu, mm: number, visible: number): void {
  spin_lock(cpu, mm + MM.i_mmap_lock);
  WRITE_ONCE(cpu, mm + MM.vma_visible, visible);
  spin_unlock(cpu, mm + MM.i_mmap_lock);
}

/** Copies the parent's PTEs. `accessed=mkold` is what copy_one_pte() does; `hw` stands for hardware that set the bit since. */
function copy_page_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_COPY_PAGE_RANGE);
  for (let i = 0; i < c.ptePages; i++) {
    const page = ptePage(mm, c, i);
    const ptl = pte_lockptr(mm, c, page);
    spin_lock(cpu, ptl);
    spin_lock(cpu, mm + MM.parent_ptl);
    const pte = READ_ONCE(cpu, filePage(mm, c, i) + FILE_PAGE.parent_pte);
    if (pte_present(pte)) {
      atomic_fetch_add(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount, 1);
      native_set_pte(cpu, c.domain, page, ptepOf(page), c.accessed === 'hw' ? pte | _PAGE_ACCESSED : pte_mkold(pte), 0);
    }
    spin_unlock(cpu, mm + MM.parent_ptl);
    spin_unlock(cpu, ptl);
  }
  leave(cpu);
}

/** xen_dup_mmap(): with PAE the PMD page, the PTE pages, the root last; then the root is pinned. Interrupts are off meanwhile. */
function xen_pgd_pin(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_XEN_PGD_PIN);
  step(cpu, S.F6);
  xen_mc_batch(cpu);
  step(cpu, S.F7);
  if (c.pae) xen_pin_page(cpu, mm, c, ptPageOf(c.domain, mm, PMD), false);
  for (let i = 0; i < c.ptePages; i++) xen_pin_page(cpu, mm, c, ptePage(mm, c, i), true);
  xen_pin_page(cpu, mm, c, ptPageOf(c.domain, mm, PGD), false);
  step(cpu, S.F8);
  xen_mc_entry(cpu, c.domain, MMU.MMUEXT_PIN_TABLE, ptPageOf(c.domain, mm, PGD), c.rootType);
  step(cpu, S.F9);
  xen_mc_issue(cpu, c.domain);
  leave(cpu);
}

function xen_pin_page(cpu: Cpu, mm: number, c: Config, page: number, isPtePage: boolean): void {
  if ((atomic_fetch_or(cpu, page + PT_PAGE.flags, PG_pinned) & PG_pinned) !== 0) return;
  const lock = c.lockPte && c.splitPtl && isPtePage;
  if (lock) spin_lock_nest_lock(cpu, page + PT_PAGE.ptl, mm + MM.page_table_lock); // [fix +] lock_pte()
  xen_mc_entry(cpu, c.domain, MMU.update_va_mapping_ro, page, isPtePage ? 1 : 2);
  if (!lock) return;
  xen_mc_entry(cpu, c.domain, MMU.MMUEXT_PIN_TABLE, page, PGT_l1_page_table); // [fix +] typed before the lock goes
  xen_mc_callback(cpu, c.domain, page + PT_PAGE.ptl); // [fix +]
}

/** CPU 0: exit. The VMAs stay in the rmap until X8. */
function exit_mmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_EXIT_MMAP);
  if (c.lateRmap) set_vma_visible(cpu, mm, 0); // [fix mail3 +]
  if (!c.pinFirst) unpinLocked(cpu, mm, c); // [fix mail3-pin-first -] arch_exit_mmap()
  step(cpu, S.X7);
  for (let i = 0; i < c.ptePages; i++) zap_pte(cpu, mm, c, i);
  step(cpu, S.X8);
  if (!c.lateRmap) set_vma_visible(cpu, mm, 0); // [fix mail3 -]
  if (c.pinFirst) unpinLocked(cpu, mm, c); // [fix mail3-pin-first +]
  leave(cpu);
}

/** X1 to X6. */
function unpinLocked(cpu: Cpu, mm: number, c: Config): void {
  if (!c.hypervisor) return;
  if (c.flush === 'ipi') {
    raceWindow(cpu, W.W_BEFORE_X1);
    endWindow(cpu, W.W_BEFORE_X1);
  }
  step(cpu, S.X1);
  drop_mm_ref(cpu, mm, c);
  step(cpu, S.X2);
  spin_lock(cpu, mm + MM.page_table_lock);
  xen_pgd_unpin(cpu, mm, c);
  step(cpu, S.X6);
  spin_unlock(cpu, mm + MM.page_table_lock);
}

function xen_pgd_unpin(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_XEN_PGD_UNPIN);
  xen_mc_batch(cpu);
  step(cpu, S.X3);
  xen_mc_entry(cpu, c.domain, MMU.MMUEXT_UNPIN_TABLE, ptPageOf(c.domain, mm, PGD), 2);
  step(cpu, S.X4);
  if (c.pae) xen_unpin_page(cpu, mm, c, ptPageOf(c.domain, mm, PMD), false);
  for (let i = 0; i < c.ptePages; i++) xen_unpin_page(cpu, mm, c, ptePage(mm, c, i), true);
  xen_unpin_page(cpu, mm, c, ptPageOf(c.domain, mm, PGD), false);
  step(cpu, S.X5);
  xen_mc_issue(cpu, c.domain);
  endWindow(cpu, W.W_UNTYPED_NOT_RW);
  leave(cpu);
}

function xen_unpin_page(cpu: Cpu, mm: number, c: Config, page: number, isPtePage: boolean): void {
  if ((atomic_fetch_and(cpu, page + PT_PAGE.flags, ~PG_pinned) & PG_pinned) === 0) return;
  const lock = c.lockPte && c.splitPtl && isPtePage;
  if (lock) {
    spin_lock_nest_lock(cpu, page + PT_PAGE.ptl, mm + MM.page_table_lock); // [fix +] lock_pte()
    xen_mc_entry(cpu, c.domain, MMU.MMUEXT_UNPIN_TABLE, page, 1); // [fix +]
  }
  xen_mc_entry(cpu, c.domain, MMU.update_va_mapping_rw, page, isPtePage ? 1 : 2);
  if (lock) xen_mc_callback(cpu, c.domain, page + PT_PAGE.ptl); // [fix +]
}

/** CPU 0 of `path=run`: the process stores to its pages; the hardware sets A and D in the PTEs, past all protection. */
function user_store(cpu: Cpu, mm: number, c: Config): void {
  for (let i = 0; i < c.ptePages; i++) {
    step(cpu, S.U1);
    withinReach(cpu);
    const ptep = ptepOf(ptePage(mm, c, i));
    if (pte_present(READ_ONCE(cpu, ptep))) atomic_fetch_or(cpu, ptep, _PAGE_ACCESSED | _PAGE_DIRTY);
    outOfReach(cpu);
  }
}

/** `path=fork-exit`: both windows in one trial, and the state at its end is that of its start. */
function fork_and_exit(cpu: Cpu, mm: number, c: Config): void {
  dup_mmap(cpu, mm, c);
  exit_mmap(cpu, mm, c);
}

export default defineRace({
  ...ABOUT,
  interrupts: [drop_other_mm_ref, flush_tlb_func],
  cpus: { min: 2, default: 2 },
  phases: {
    shrink_page_list: { min: 600, max: 1200 },
    user_store: { min: 250, max: 800 },
    vmalloc_sync_one: { min: 0, max: 300 },
  },
  delays: {
    W_RO_NOT_PINNED: { min: 1000, max: 1500 },
    W_UNTYPED_NOT_RW: { min: 400, max: 800 },
    W_LOAD_TO_UPDATE: { min: 100, max: 300 },
    W_TYPE_IN_FLUX: { min: 300, max: 900 },
    W_BEFORE_X1: { min: 900, max: 2100 },
    W_MASK_TO_IPI: { min: 500, max: 1500 },
    W_LOOK_TO_STORE: { min: 300, max: 1200 },
  },
  actors: {
    dup_mmap,
    exec_mmap,
    exit_mmap,
    fork_and_exit,
    user_store,
    shrink_page_list,
    truncate_inode_pages,
    vmalloc_sync_one,
  },
  configure,
  mutants: MUTANTS,
  instanceWords: (c) => c.words,
  reset,
  role: (cpu, _cpus, c) => role(cpu, c),
  recover: dropBatch,
  symbol,
  report: (snapshot) => xenPinReport(snapshot, ABOUT.steps),
});
