/** What CPU 0 of hash-batch does: takes pages out of a range, changes the rights to them, or clears the kernel's own range. */
import {
  WRITE_ONCE,
  allowPreemption,
  endWindow,
  enter,
  kernelFunction,
  leave,
  chanceBelow,
  preemptHere,
  preempt_disable,
  preempt_enable,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import { PPC_PAGE, PREEMPT_REST, dropTlbBatch } from '../../lib/sdk/ppc64.js';
import { S, W } from './about.js';
import { returnToUser } from './access.js';
import {
  auditUnmapped,
  checkPromises,
  enter_lazy,
  flushPending,
  hasTranslation,
  leave_lazy,
  owed,
  ptep_get_and_clear,
  set_pte_at,
} from './ptes.js';
import { MM, PAGE, mmap_sem, oldFrame, pageOfFrame, doneFlag, pte_lockptr, type Config } from './state.js';

/** Places of one PTE page's range in op=kernel where a task can be preempted, about; one of them is drawn. */
const PLACES_PER_PTE_PAGE = 4;

const F_UNMAP_MAPPING_RANGE = kernelFunction('unmap_mapping_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_TLB_FINISH_MMU = kernelFunction('tlb_finish_mmu');
const F_CHANGE_PROTECTION = kernelFunction('change_protection');
const F_CHANGE_PTE_RANGE = kernelFunction('change_pte_range');
const F_APPLY_TO_PAGE_RANGE = kernelFunction('apply_to_page_range');
const F_APPLY_TO_PTE_RANGE = kernelFunction('apply_to_pte_range');

/** CPU 0: unmaps a range of the file from every address space that maps it. Preemption is off from gather to finish. */
export function unmap_mapping_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_UNMAP_MAPPING_RANGE);
  spin_lock(cpu, mm + MM.i_mmap_lock);
  if (c.lockOverGather) spin_lock(cpu, mm + MM.page_table_lock); // zap_page_range(), until 2.6.14
  preempt_disable(cpu); // tlb_gather_mmu()
  for (let i = 0; i < c.ptePages; i++) zap_pte_range(cpu, mm, c, i);
  tlb_finish_mmu(cpu, mm, c);
  preempt_enable(cpu);
  if (c.lockOverGather) spin_unlock(cpu, mm + MM.page_table_lock);
  spin_unlock(cpu, mm + MM.i_mmap_lock);
  leave(cpu);
}

/** Takes the PTE of one PTE page out. Z4, the rest of the PTE page, is not modelled. */
function zap_pte_range(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.Z1);
  if (!c.lockOverGather) spin_lock(cpu, ptl);
  enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.Z2);
  const hashed = hasTranslation(c, ptep_get_and_clear(cpu, mm, c, i, S.Z3));
  if (hashed) raceWindow(cpu, W.W_CLEARED_LOCKED);
  step(cpu, S.Z4);
  if (c.flushBeforeUnlock) flushPending(cpu, mm, c); // [fix mail +]
  if (!c.leaveAfterUnlock) leave_lazy(cpu, mm, c); // [fix a741e679 +]
  if (hashed) endWindow(cpu, W.W_CLEARED_LOCKED);
  if (c.promises) checkPromises(cpu, mm, c, i);
  step(cpu, S.Z5);
  if (!c.lockOverGather) spin_unlock(cpu, ptl);
  if (c.freeAtUnlock && !c.lockOverGather) free_page(cpu, mm, c, i);
  if (owed(cpu, mm, c) > 0) raceWindow(cpu, W.W_CLEARED_UNLOCKED);
  step(cpu, S.Z6);
  if (c.leaveAfterUnlock) {
    leave_lazy(cpu, mm, c);
    if (hashed) endWindow(cpu, W.W_CLEARED_UNLOCKED);
  }
  leave(cpu);
}

/** Flushes what is pending; only then do the pages that the gather has kept go back. */
function tlb_finish_mmu(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_TLB_FINISH_MMU);
  step(cpu, S.Z7);
  if (owed(cpu, mm, c) > 0) {
    flushPending(cpu, mm, c);
    endWindow(cpu, W.W_CLEARED_UNLOCKED);
  }
  if (!c.freeAtUnlock || c.lockOverGather) for (let i = 0; i < c.ptePages; i++) free_page(cpu, mm, c, i);
  leave(cpu);
}

/**
 * The page goes back: nobody may reach it any more. Differs: does not look into the TLBs as freeOwned() does; it would double the states of
 * each row (ARCHITECTURE.md). A translation that is left is found where it is used (`access`).
 */
export function free_page(cpu: Cpu, mm: number, c: Config, i: number): void {
  WRITE_ONCE(cpu, pageOfFrame(mm, c, oldFrame(i)) + PAGE.count, 0);
}

/** CPU 0 of op=mprotect: a thread of the process. mmap_sem keeps the others' faults away, and not their hash_page(). */
export function change_protection(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_CHANGE_PROTECTION);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 1); // down_write(): nobody else takes it for writing
  if (c.lockOverGather) spin_lock(cpu, mm + MM.page_table_lock);
  for (let i = 0; i < c.ptePages; i++) change_pte_range(cpu, mm, c, i);
  step(cpu, S.M7);
  if (!c.lazyMmu) flushPending(cpu, mm, c); // flush_tlb_range(); [fix a741e679 -]
  if (c.lockOverGather) spin_unlock(cpu, mm + MM.page_table_lock);
  endWindow(cpu, W.W_SET_NOT_FLUSHED);
  WRITE_ONCE(cpu, doneFlag(mm, c), 1);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 0); // up_write()
  leave(cpu);
}

/** Changes the PTE of one PTE page in place: pte_modify() between ptep_get_and_clear() and set_pte_at(). */
function change_pte_range(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_CHANGE_PTE_RANGE);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.M1);
  if (!c.lockOverGather) spin_lock(cpu, ptl);
  enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.M2);
  const old = ptep_get_and_clear(cpu, mm, c, i, S.M3);
  if (c.flushBeforeSet) flushPending(cpu, mm, c); // [candidate +]
  step(cpu, S.M4);
  set_pte_at(cpu, mm, i, c.grants ? old | PPC_PAGE.RW : old & ~PPC_PAGE.RW);
  raceWindow(cpu, W.W_SET_NOT_FLUSHED);
  step(cpu, S.M5);
  if (c.flushBeforeUnlock) flushPending(cpu, mm, c); // [fix mail +]
  if (!c.leaveAfterUnlock) leave_lazy(cpu, mm, c); // [fix a741e679 +]
  if (c.promises) checkPromises(cpu, mm, c, i);
  step(cpu, S.M6);
  if (!c.lockOverGather) spin_unlock(cpu, ptl);
  if (c.leaveAfterUnlock) leave_lazy(cpu, mm, c);
  if (owed(cpu, mm, c) === 0) endWindow(cpu, W.W_SET_NOT_FLUSHED);
  leave(cpu);
}

/**
 * CPU 0 of op=kernel: clears PTEs of init_mm, which have no PTE lock; lazy MMU mode can be preempted, unless it sees to
 * that itself. Then the task goes back to user mode, where it stores to a page of its own.
 */
export function apply_to_page_range(cpu: Cpu, mm: number, c: Config): void {
  dropTlbBatch(cpu);
  const drawn = 1 + chanceBelow(cpu, PLACES_PER_PTE_PAGE * c.ptePages);
  allowPreemption(cpu, c.contextSwitch, Math.max(c.preemptAt, 0), c.preemptAt < 0 ? drawn : 1);
  enter(cpu, F_APPLY_TO_PAGE_RANGE);
  for (let i = 0; i < c.ptePages; i++) apply_to_pte_range(cpu, mm, c, i);
  if (!c.lazyMmu) flushPending(cpu, mm, c); // flush_tlb_kernel_range(); [fix a741e679 -]
  for (let i = 0; i < c.ptePages; i++) auditUnmapped(cpu, mm, c, i);
  for (let i = 0; i < c.ptePages; i++) free_page(cpu, mm, c, i);
  leave(cpu);
  returnToUser(cpu, mm, c, c.ptePages + 1);
}

/** Clears the PTE of one PTE page; the function that is applied is pte_clear(). */
function apply_to_pte_range(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_APPLY_TO_PTE_RANGE);
  step(cpu, S.K1);
  enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.K2);
  ptep_get_and_clear(cpu, mm, c, i, S.K3);
  step(cpu, S.K4);
  preemptHere(cpu, PREEMPT_REST);
  if (c.flushBeforeUnlock) flushPending(cpu, mm, c); // [fix mail +]
  step(cpu, S.K5);
  leave_lazy(cpu, mm, c); // [fix a741e679 +]
  leave(cpu);
}
