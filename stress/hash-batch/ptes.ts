/**
 * How each variant of hash-batch changes PTEs, what it owes then, and how it enters and leaves lazy MMU mode. Called on the CPUs' threads
 * by invalidate.ts, otherPaths.ts and access.ts.
 */
import { BUG, READ_ONCE, WRITE_ONCE, preempt_disable, preempt_enable, step, type Cpu } from '../../lib/sdk/index.js';
import {
  BATCH_PENDING,
  PPC_PAGE,
  auditUnhashed,
  flush_tlb_pending,
  hpte_need_flush,
  hpte_update,
  mayBeHashed,
  arch_enter_lazy_mmu_mode,
  arch_leave_lazy_mmu_mode,
  pte_update,
  tlbBatchPending,
} from '../../lib/sdk/ppc64.js';
import { flushElsewhere, queueElsewhere } from './otherMmus.js';
import { pendingPages, pteOf, vpnOfPage, type Config } from './state.js';

/**
 * Takes a PTE out and queues the invalidation of its hash table entry, if it may have one. Returns the PTE. `queued` is the
 * step of the latter.
 */
export function ptep_get_and_clear(cpu: Cpu, mm: number, c: Config, i: number, queued: number): number {
  const old = pte_update(cpu, pteOf(mm, i), ~0);
  step(cpu, queued);
  queueInvalidation(cpu, mm, c, i, old);
  return old;
}

/** Takes the right to store away, in place: HASHPTE and the slot bits stay. Queues as `ptep_get_and_clear` does. */
export function ptep_set_wrprotect(cpu: Cpu, mm: number, c: Config, i: number, queued: number): void {
  if ((READ_ONCE(cpu, pteOf(mm, i)) & PPC_PAGE.RW) === 0) return;
  const old = pte_update(cpu, pteOf(mm, i), PPC_PAGE.RW);
  step(cpu, queued);
  queueInvalidation(cpu, mm, c, i, old);
}

function queueInvalidation(cpu: Cpu, mm: number, c: Config, i: number, old: number): void {
  if (!hasTranslation(c, old)) return;
  if (c.mmu !== 'hash') queueElsewhere(cpu, mm, c, i);
  else if (c.lazyMmu) hpte_need_flush(cpu, c.table, mm, vpnOfPage(i), old); // [fix a741e679 +]
  else hpte_update(cpu, c.table, mm, vpnOfPage(i), old); // [fix a741e679 -]
}

/** Whether a PTE may have been translated. */
export function hasTranslation(c: Config, pte: number): boolean {
  return c.mmu === 'hash' ? mayBeHashed(pte) : (pte & PPC_PAGE.PRESENT) !== 0;
}

/** Flushes what this CPU owes. */
export function flushPending(cpu: Cpu, mm: number, c: Config): void {
  if (c.mmu === 'hash') flush_tlb_pending(cpu, c.table);
  else flushElsewhere(cpu, mm, c);
}

/** Returns what this CPU owes; not 0 if it owes anything. */
export function owed(cpu: Cpu, mm: number, c: Config): number {
  return c.mmu === 'hash' ? tlbBatchPending(cpu) : cpu.mem[pendingPages(mm, c)];
}

/** ptep_get_and_clear(), then flush_tlb_page(), which has had nothing to do since a741e679. */
export function ptep_clear_flush(cpu: Cpu, mm: number, c: Config, i: number, queued: number): number {
  const old = ptep_get_and_clear(cpu, mm, c, i, queued);
  if (!c.lazyMmu) flushPending(cpu, mm, c); // [fix a741e679 -]
  return old;
}

/** Sets a PTE where there is none. What the hash table code keeps in it is dropped: nobody knows of an entry. */
export function set_pte_at(cpu: Cpu, mm: number, i: number, pte: number): void {
  WRITE_ONCE(cpu, pteOf(mm, i), pte & ~PPC_PAGE.HPTEFLAGS);
}

export function enter_lazy(cpu: Cpu, c: Config): void {
  if (!c.lazyMmu || c.mmu !== 'hash') return;
  if (c.lazyDisablesPreemption) preempt_disable(cpu); // [fix b9ef323e +]
  arch_enter_lazy_mmu_mode(cpu, c.table); // [fix a741e679 +]
}

export function leave_lazy(cpu: Cpu, mm: number, c: Config): void {
  if (!c.lazyMmu) return;
  if (c.mmu !== 'hash') {
    flushElsewhere(cpu, mm, c); // [fix a741e679 +] as it would be there
    return;
  }
  arch_leave_lazy_mmu_mode(cpu, c.table); // [fix a741e679 +]
  if (c.lazyDisablesPreemption) preempt_enable(cpu); // [fix b9ef323e +]
}

/** What the fixes promise of the moment when the PTE lock goes. */
export function checkPromises(cpu: Cpu, mm: number, c: Config, i: number): void {
  const pending = owed(cpu, mm, c);
  if (pending !== 0) BUG(cpu, BATCH_PENDING, 'I6: the PTE lock is dropped with a TLB batch pending', cpu.id, pending);
  // hash_page() takes no PTE lock, so a PTE that is present can get its entry between the two looks.
  if (!c.mprotect && c.mmu === 'hash') auditUnmapped(cpu, mm, c, i);
}

/** No hash table entry is left of a page that has no PTE, and cannot get one (I10). */
export function auditUnmapped(cpu: Cpu, mm: number, c: Config, i: number): void {
  const pte = READ_ONCE(cpu, pteOf(mm, i));
  if (!mayBeHashed(pte)) auditUnhashed(cpu, c.table, vpnOfPage(i), pte);
}
