/** Who finds the PTEs of xen-pin through the rmap: reclaim and truncate; and zap_pte_range(), which exit uses as well. */
import {
  BUG,
  READ_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import { _PAGE_ACCESSED, flush_tlb_page, pte_mkold, pte_present, pte_young } from '../../lib/sdk/mm.js';
import {
  HYPERVISOR_mmu_update,
  LOCK_BIGLOCK,
  UNLOCK_BIGLOCK,
  native_set_pte,
  ptep_get_and_clear,
  readThroughLinearMap,
  test_and_clear_pte_flags,
} from '../../lib/sdk/xen.js';
import { BUG_PAGE_MAPPED, S, W } from './about.js';
import { drop_cr3 } from './cr3.js';
import { FILE_PAGE, MM, filePage, pte_lockptr, ptePage, ptepOf, type Config } from './state.js';

const F_PAGE_REFERENCED_FILE = kernelFunction('page_referenced_file');
const F_PAGE_REFERENCED_ONE = kernelFunction('page_referenced_one');
const F_TRY_TO_UNMAP_FILE = kernelFunction('try_to_unmap_file');
const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');
const F_TRUNCATE = kernelFunction('truncate_inode_pages');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');

/** Takes one PTE out: exit_mmap() and truncate. The page table is writable or pinned then, unless the race says otherwise. */
export function zap_pte(cpu: Cpu, mm: number, c: Config, i: number): void {
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
export function shrink_page_list(cpu: Cpu, mm: number, c: Config): void {
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
      set_pte(cpu, c, page, pte, pte_mkold(pte));
      break;
    case 'mmu_update':
    case 'mmu_update_ad':
    case 'pv_op_mmu_update': // [mail2] the pv-op, with what Xen has
      set_pte_by_hypercall(cpu, c, page, pte, pte_mkold(pte));
      break;
    case 'pv_op': // [mail2] the flags are cleared in the hypervisor, in one instruction: no hypercall of Xen does that
      LOCK_BIGLOCK(cpu, c.domain);
      atomic_fetch_and(cpu, ptep, ~_PAGE_ACCESSED);
      UNLOCK_BIGLOCK(cpu, c.domain);
      break;
  }
  step(cpu, S.R6);
  flush_tlb_page(cpu, mm, mm + MM.cpu_vm_mask, c.flush, W.W_MASK_TO_IPI);
}

/** The value written was computed from an earlier load: a dirty bit that the hardware sets in between is overwritten. */
function set_pte_by_hypercall(cpu: Cpu, c: Config, page: number, seen: number, pte: number): void {
  if (c.path === 'run') raceWindow(cpu, W.W_LOAD_TO_UPDATE); // elsewhere nobody sets D
  HYPERVISOR_mmu_update(cpu, c.domain, page, ptepOf(page), pte, seen, c.young === 'mmu_update_ad' && pte !== 0);
  if (c.path === 'run') endWindow(cpu, W.W_LOAD_TO_UPDATE);
}

/** The same by a raw store. */
function set_pte(cpu: Cpu, c: Config, page: number, seen: number, pte: number): void {
  if (c.path === 'run') raceWindow(cpu, W.W_LOAD_TO_UPDATE);
  native_set_pte(cpu, c.domain, page, ptepOf(page), pte, seen);
  if (c.path === 'run') endWindow(cpu, W.W_LOAD_TO_UPDATE);
}

/** The second raw writer. Mail #1 converts it as well, mail #2 does not. */
function unmap_one(cpu: Cpu, mm: number, c: Config, i: number, page: number, pte: number): void {
  const ptep = ptepOf(page);
  if (c.young === 'mmu_update' || c.young === 'mmu_update_ad') set_pte_by_hypercall(cpu, c, page, pte, 0);
  else if (c.young === 'set_pte_at') set_pte(cpu, c, page, pte, 0);
  else ptep_get_and_clear(cpu, c.domain, page, ptep);
  step(cpu, S.R6);
  flush_tlb_page(cpu, mm, mm + MM.cpu_vm_mask, c.flush, W.W_MASK_TO_IPI);
  atomic_fetch_add(cpu, filePage(mm, c, i) + FILE_PAGE.mapcount, -1);
}

/** Truncates the file: unmaps every mapping that the rmap knows, then removes the page; it must not be mapped then (I4). */
export function truncate_inode_pages(cpu: Cpu, mm: number, c: Config): void {
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
