/**
 * Other code paths that take translations away, which the mail still had to check: mremap(), fork()'s write protection, and reclaim
 * by rmap. What CPU 0 of hash-batch does with op=mremap, fork and rmap.
 */
import {
  WRITE_ONCE,
  endWindow,
  enter,
  kernelFunction,
  leave,
  raceWindow,
  spin_lock,
  spin_lock_nested,
  spin_unlock,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import { S, W } from './about.js';
import { free_page } from './invalidate.js';
import {
  checkPromises,
  enter_lazy,
  flushPending,
  leave_lazy,
  ptep_clear_flush,
  ptep_set_wrprotect,
  set_pte_at,
} from './ptes.js';
import { doneFlag, mmap_sem, pte_lockptr, type Config } from './state.js';

const F_MOVE_PAGE_TABLES = kernelFunction('move_page_tables');
const F_MOVE_PTES = kernelFunction('move_ptes');
const F_DUP_MMAP = kernelFunction('dup_mmap');
const F_COPY_PTE_RANGE = kernelFunction('copy_pte_range');
const F_TRY_TO_UNMAP = kernelFunction('try_to_unmap');
const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');

/** CPU 0 of op=mremap: a thread of the process. */
export function move_page_tables(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_MOVE_PAGE_TABLES);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 1); // down_write(): nobody else takes it for writing
  for (let i = 0; i < c.ptePages; i++) move_ptes(cpu, mm, c, i);
  WRITE_ONCE(cpu, doneFlag(mm, c), 1);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 0); // up_write()
  leave(cpu);
}

/** Moves the PTE of one PTE page, with both locks held: under the new address nobody has an entry of the page. */
function move_ptes(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_MOVE_PTES);
  const oldPtl = pte_lockptr(mm, c, i);
  const newPtl = pte_lockptr(mm, c, i + c.ptePages);
  step(cpu, S.R1);
  spin_lock(cpu, oldPtl);
  if (newPtl !== oldPtl) spin_lock_nested(cpu, newPtl, 1);
  enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.R2);
  const old = ptep_clear_flush(cpu, mm, c, i, S.R3);
  step(cpu, S.R4);
  set_pte_at(cpu, mm, i + c.ptePages, old);
  raceWindow(cpu, W.W_SET_NOT_FLUSHED);
  if (c.flushBeforeUnlock) flushPending(cpu, mm, c); // [fix mail +]
  step(cpu, S.R5);
  if (!c.leaveAfterUnlock) leave_lazy(cpu, mm, c); // [fix a741e679 +]
  endWindow(cpu, W.W_SET_NOT_FLUSHED);
  if (c.promises) checkPromises(cpu, mm, c, i);
  if (newPtl !== oldPtl) spin_unlock(cpu, newPtl);
  spin_unlock(cpu, oldPtl);
  if (c.leaveAfterUnlock) leave_lazy(cpu, mm, c);
  leave(cpu);
}

/** CPU 0 of op=fork: a thread of the process makes a child, which shares the pages until one of the two stores. */
export function dup_mmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DUP_MMAP);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 1); // down_write(): nobody else takes it for writing
  for (let i = 0; i < c.ptePages; i++) copy_pte_range(cpu, mm, c, i);
  step(cpu, S.F5);
  if (!c.lazyMmu) flushPending(cpu, mm, c); // flush_tlb_mm(); [fix a741e679 -]
  endWindow(cpu, W.W_SET_NOT_FLUSHED);
  WRITE_ONCE(cpu, doneFlag(mm, c), 1);
  WRITE_ONCE(cpu, mmap_sem(mm, c), 0); // up_write()
  leave(cpu);
}

/** Write-protects the parent's PTE of one PTE page in place. The child's own is not modelled. */
function copy_pte_range(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_COPY_PTE_RANGE);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.F1);
  spin_lock(cpu, ptl);
  enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.F2);
  ptep_set_wrprotect(cpu, mm, c, i, S.F3);
  raceWindow(cpu, W.W_SET_NOT_FLUSHED);
  if (c.flushBeforeUnlock) flushPending(cpu, mm, c); // [fix mail +]
  step(cpu, S.F4);
  if (!c.leaveAfterUnlock) leave_lazy(cpu, mm, c); // [fix a741e679 +]
  if (c.promises) checkPromises(cpu, mm, c, i);
  spin_unlock(cpu, ptl);
  if (c.leaveAfterUnlock) leave_lazy(cpu, mm, c);
  leave(cpu);
}

/** CPU 0 of op=rmap: reclaim takes the pages from the process, one by one, and they go back. */
export function try_to_unmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_TRY_TO_UNMAP);
  for (let i = 0; i < c.ptePages; i++) try_to_unmap_one(cpu, mm, c, i);
  leave(cpu);
}

/** There is no lazy MMU mode here: since a741e679 the flush is done where the PTE is cleared, before that in flush_tlb_page(). */
function try_to_unmap_one(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_TRY_TO_UNMAP_ONE);
  step(cpu, S.T1);
  spin_lock(cpu, pte_lockptr(mm, c, i));
  step(cpu, S.T2);
  ptep_clear_flush(cpu, mm, c, i, S.T3);
  if (c.promises) checkPromises(cpu, mm, c, i);
  step(cpu, S.T4);
  spin_unlock(cpu, pte_lockptr(mm, c, i));
  free_page(cpu, mm, c, i);
  leave(cpu);
}
