/**
 * Does Xen PV page-table pinning race with page_referenced_one()?   Result: buggy Sometimes, merged fix Never
 *
 * Mail:  J. Fitzhardinge, 2.6.23-rc9: a child's page table is found through the rmap before it is pinned.
 * Race:  pinning makes a page-table page read-only, then registers it with Xen. Between the two, a raw store to one of
 *        its PTEs faults and Xen does not emulate it: oops 0003. Unpinning has the same window the other way round.
 * Fix:   74260714c56d "xen: lock pte pages while pinning/unpinning": hold the page's PTE lock across both steps.
 * Left out: anonymous pages, the page lock, mmap_sem, shared PMDs, the two halves of a PAE entry.
 * Run:   npx racehammer run xen-pin
 * Words and first state: xen-pin.state.ts. Variants, knobs and the step labels F, R, X: xen-pin.about.ts.
 */
import {
  BUG,
  HYPERVISOR_mmu_update,
  LOCK_BIGLOCK,
  MMU,
  PG_pinned,
  PGT_l1_page_table,
  PT_PAGE,
  READ_ONCE,
  UNLOCK_BIGLOCK,
  WRITE_ONCE,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  defineRace,
  dropBatch,
  endWindow,
  enter,
  fail,
  flush_tlb_func,
  flush_tlb_page,
  kernelFunction,
  leave,
  local_irq_restore,
  local_irq_save,
  native_set_pte,
  new_guest_cr3,
  outOfReach,
  ptPageOf,
  pte_mkold,
  pte_present,
  pte_young,
  ptep_get_and_clear,
  raceWindow,
  readThroughLinearMap,
  smp_call_function_many,
  spin_lock,
  spin_lock_nest_lock,
  spin_unlock,
  step,
  test_and_clear_pte_flags,
  withinReach,
  xchg,
  xen_mc_batch,
  xen_mc_callback,
  xen_mc_entry,
  xen_mc_issue,
  type Cpu,
} from '../lib/sdk.js';
import { ABOUT, BUG_PAGE_MAPPED, LOST_DIRTY, S } from './xen-pin.about.js';
import { xenPinReport } from './xen-pin.report.js';
import {
  FILE_PAGE,
  MM,
  PGD,
  PMD,
  W,
  configure,
  filePage,
  pte_lockptr,
  ptePage,
  ptepOf,
  reset,
  role,
  symbol,
  type Config,
} from './xen-pin.state.js';

const F_DUP_MMAP = kernelFunction('dup_mmap');
const F_COPY_PAGE_RANGE = kernelFunction('copy_page_range');
const F_XEN_PGD_PIN = kernelFunction('xen_pgd_pin');
const F_EXIT_MMAP = kernelFunction('exit_mmap');
const F_DROP_MM_REF = kernelFunction('drop_mm_ref');
const F_XEN_PGD_UNPIN = kernelFunction('xen_pgd_unpin');
const F_PAGE_REFERENCED_FILE = kernelFunction('page_referenced_file');
const F_PAGE_REFERENCED_ONE = kernelFunction('page_referenced_one');
const F_TRY_TO_UNMAP_FILE = kernelFunction('try_to_unmap_file');
const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');
const F_TRUNCATE = kernelFunction('truncate_inode_pages');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');

/** CPU 0: fork. F1 (each VMA of the parent: one here) and F2 (anonymous pages: none) are not steps of their own. */
function dup_mmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DUP_MMAP);
  step(cpu, S.F3);
  if (!c.lateRmap) set_vma_visible(cpu, mm, 1); // [fix mail3 -] rmap-visible from here on
  step(cpu, S.F4);
  copy_page_range(cpu, mm, c);
  step(cpu, S.F5);
  spin_lock(cpu, mm + MM.page_table_lock);
  xen_pgd_pin(cpu, mm, c);
  step(cpu, S.F10);
  spin_unlock(cpu, mm + MM.page_table_lock);
  if (c.lateRmap) set_vma_visible(cpu, mm, 1); // [fix mail3 +]
  leave(cpu);
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
      native_set_pte(cpu, c.domain, page, ptepOf(page), c.accessed === 'hw' ? pte | _PAGE_ACCESSED : pte_mkold(pte));
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
  step(cpu, S.X1);
  drop_mm_ref(cpu, mm, c);
  step(cpu, S.X2);
  spin_lock(cpu, mm + MM.page_table_lock);
  xen_pgd_unpin(cpu, mm, c);
  step(cpu, S.X6);
  spin_unlock(cpu, mm + MM.page_table_lock);
  step(cpu, S.X7);
  for (let i = 0; i < c.ptePages; i++) zap_pte(cpu, mm, c, i);
  step(cpu, S.X8);
  if (!c.lateRmap) set_vma_visible(cpu, mm, 0); // [fix mail3 -]
  leave(cpu);
}

/** Own cr3 first, then everybody's who still refers to the mm; all of them must let go before the unpin. */
function drop_mm_ref(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DROP_MM_REF);
  if (!c.ownMm) atomic_fetch_and(cpu, mm + MM.cpu_vm_mask, ~(1 << cpu.id)); // leave_mm(); load_cr3() alone keeps the bit
  drop_cr3(cpu, mm, c);
  if (c.dropMmRef !== 'no') {
    let mask = READ_ONCE(cpu, mm + MM.cpu_vm_mask);
    if (c.dropMmRef === 'full') mask |= READ_ONCE(cpu, mm + MM.xen_current_cr3); // 9f79991d: the loaded cr3 may lag
    if ((mask & ~(1 << cpu.id)) !== 0) smp_call_function_many(cpu, mask, 0, drop_other_mm_ref, mm, true);
  }
  leave(cpu);
}

/** IPI handler. */
function drop_other_mm_ref(cpu: Cpu, mm: number, c: Config): void {
  const bit = 1 << cpu.id;
  if ((READ_ONCE(cpu, mm + MM.cpu_vm_mask) & bit) !== 0) atomic_fetch_and(cpu, mm + MM.cpu_vm_mask, ~bit); // leave_mm()
  drop_cr3(cpu, mm, c);
}

/** As in xen_write_cr3(), interrupts are off: another CPU's drop_other_mm_ref in between would drop the root twice. */
function drop_cr3(cpu: Cpu, mm: number, c: Config): void {
  const flags = local_irq_save(cpu);
  if ((READ_ONCE(cpu, mm + MM.xen_current_cr3) & (1 << cpu.id)) !== 0) {
    new_guest_cr3(cpu, c.domain, ptPageOf(c.domain, mm, PGD), 0, 0);
    atomic_fetch_and(cpu, mm + MM.xen_current_cr3, ~(1 << cpu.id));
  }
  local_irq_restore(cpu, flags);
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

/** Takes one PTE out: exit_mmap() and truncate. The page table is writable or pinned then, unless the race says otherwise. */
function zap_pte(cpu: Cpu, mm: number, c: Config, i: number): void {
  const page = ptePage(mm, c, i);
  enter(cpu, F_ZAP_PTE_RANGE);
  const ptl = pte_lockptr(mm, c, page);
  spin_lock(cpu, ptl);
  if (pte_present(readThroughLinearMap(cpu, page, ptepOf(page)))) {
    ptep_get_and_clear(cpu, c.domain, page, ptepOf(page));
    atomic_fetch_add(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount, -1);
  }
  spin_unlock(cpu, ptl);
  leave(cpu);
}

/** Reclaim: finds the child's mapping of each page through the rmap and ages it, or unmaps it. */
function shrink_page_list(cpu: Cpu, mm: number, c: Config): void {
  const unmap = c.writer === 'unmap' || (c.writer === 'mixed' && cpu.id % 2 === 0);
  for (let i = 0; i < c.ptePages; i++) {
    enter(cpu, unmap ? F_TRY_TO_UNMAP_FILE : F_PAGE_REFERENCED_FILE);
    step(cpu, S.R1);
    spin_lock(cpu, mm + MM.i_mmap_lock);
    if (READ_ONCE(cpu, mm + MM.vma_visible) !== 0) {
      enter(cpu, unmap ? F_TRY_TO_UNMAP_ONE : F_PAGE_REFERENCED_ONE);
      withinReach(cpu);
      age_or_unmap_one(cpu, mm, c, i, unmap);
      outOfReach(cpu);
      leave(cpu);
    }
    spin_unlock(cpu, mm + MM.i_mmap_lock);
    leave(cpu);
  }
  if (c.lazy === 'stale' && cpu.id === 1) drop_cr3(cpu, mm, c); // its queued cr3 load takes effect at last
}

/** page_check_address(), then page_referenced_one() or try_to_unmap_one(). */
function age_or_unmap_one(cpu: Cpu, mm: number, c: Config, i: number, unmap: boolean): void {
  const page = ptePage(mm, c, i);
  const ptep = ptepOf(page);
  step(cpu, S.R2);
  if (!pte_present(readThroughLinearMap(cpu, page, ptep))) return;
  step(cpu, S.R3);
  const ptl = pte_lockptr(mm, c, page);
  spin_lock(cpu, ptl);
  step(cpu, S.R4);
  const pte = readThroughLinearMap(cpu, page, ptep);
  if (pte_present(pte)) {
    step(cpu, S.R5);
    if (unmap) unmap_one(cpu, mm, c, i, page, pte);
    else if (pte_young(pte)) clear_young(cpu, mm, c, page, pte);
  }
  spin_unlock(cpu, ptl);
}

/** ptep_clear_flush_young(): what differs between the mail's proposals. */
function clear_young(cpu: Cpu, mm: number, c: Config, page: number, pte: number): void {
  const ptep = ptepOf(page);
  switch (c.young) {
    case 'raw':
      test_and_clear_pte_flags(cpu, c.domain, page, ptep, _PAGE_ACCESSED); // lock btr $5
      break;
    case 'set_pte_at': // [mail1] xen_set_pte_at() makes a hypercall for current's own mm alone; this one is foreign
      native_set_pte(cpu, c.domain, page, ptep, pte_mkold(pte));
      break;
    case 'mmu_update':
    case 'mmu_update_ad':
      set_pte_by_hypercall(cpu, c, ptep, pte, pte_mkold(pte));
      break;
    case 'pv_op': // [mail2] the flags are cleared in the hypervisor, in one instruction
      LOCK_BIGLOCK(cpu, c.domain);
      atomic_fetch_and(cpu, ptep, ~_PAGE_ACCESSED);
      UNLOCK_BIGLOCK(cpu, c.domain);
      break;
  }
  step(cpu, S.R6);
  flush_tlb_page(cpu, mm, mm + MM.cpu_vm_mask, c.flush);
}

/** The value written was computed from an earlier load: a dirty bit that the hardware set since is overwritten. */
function set_pte_by_hypercall(cpu: Cpu, c: Config, ptep: number, seen: number, pte: number): void {
  raceWindow(cpu, W.W_LOAD_TO_UPDATE);
  const old = HYPERVISOR_mmu_update(cpu, c.domain, ptep, pte, c.young === 'mmu_update_ad' && pte !== 0);
  endWindow(cpu, W.W_LOAD_TO_UPDATE);
  if (c.young !== 'mmu_update_ad' && (old & ~seen & _PAGE_DIRTY) !== 0) {
    fail(cpu, LOST_DIRTY, 'a dirty bit set by the hardware was overwritten', ptep, old, pte);
  }
}

/** The second raw writer. Mail #1 converts it as well, mail #2 does not. */
function unmap_one(cpu: Cpu, mm: number, c: Config, i: number, page: number, pte: number): void {
  const ptep = ptepOf(page);
  if (c.young === 'mmu_update' || c.young === 'mmu_update_ad') set_pte_by_hypercall(cpu, c, ptep, pte, 0);
  else if (c.young === 'set_pte_at') native_set_pte(cpu, c.domain, page, ptep, 0);
  else ptep_get_and_clear(cpu, c.domain, page, ptep);
  step(cpu, S.R6);
  flush_tlb_page(cpu, mm, mm + MM.cpu_vm_mask, c.flush);
  atomic_fetch_add(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount, -1);
}

/** Truncates the file: unmaps every mapping that the rmap knows, then removes the page; it must not be mapped then (I4). */
function truncate_inode_pages(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_TRUNCATE);
  for (let i = 0; i < c.ptePages; i++) {
    step(cpu, S.T1);
    spin_lock(cpu, mm + MM.i_mmap_lock);
    spin_lock(cpu, mm + MM.parent_ptl);
    const pte = xchg(cpu, filePage(mm, c, i) + FILE_PAGE.parent_pte, 0);
    if (pte_present(pte)) atomic_fetch_add(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount, -1);
    spin_unlock(cpu, mm + MM.parent_ptl);
    step(cpu, S.T2);
    if (READ_ONCE(cpu, mm + MM.vma_visible) !== 0) {
      withinReach(cpu);
      zap_pte(cpu, mm, c, i);
      outOfReach(cpu);
    }
    spin_unlock(cpu, mm + MM.i_mmap_lock);
    step(cpu, S.T3);
    const mapcount = READ_ONCE(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount);
    if (mapcount > 0)
      BUG(cpu, BUG_PAGE_MAPPED, 'I4: page_mapped(page) in remove_from_page_cache', filePage(mm, c, i), mapcount);
  }
  leave(cpu);
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

export default defineRace<Config>({
  ...ABOUT,
  interrupts: [drop_other_mm_ref, flush_tlb_func],
  cpus: { min: 2, default: 2 },
  phases: { shrink_page_list: { min: 600, max: 1200 }, user_store: { min: 250, max: 800 } },
  delays: {
    W_RO_NOT_PINNED: { min: 1000, max: 1500 },
    W_UNTYPED_NOT_RW: { min: 400, max: 800 },
    W_LOAD_TO_UPDATE: { min: 100, max: 300 },
  },
  actors: { dup_mmap, exit_mmap, fork_and_exit, user_store, shrink_page_list, truncate_inode_pages },
  configure,
  instanceWords: (c) => c.words,
  reset,
  role: (cpu, _cpus, c) => role(cpu, c),
  recover: dropBatch,
  symbol,
  report: (snapshot) => xenPinReport(snapshot, ABOUT.steps),
});
