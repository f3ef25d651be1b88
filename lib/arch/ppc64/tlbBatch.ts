/**
 * Queues and flushes invalidations of hash table entries, with lazy MMU mode. Called on a CPU's thread by the race
 * hash-batch, hashPage.ts and preempt.ts.
 */

import { READ_ONCE, checkWord } from '../../machine/access.js';
import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import type { Cpu } from '../../machine/cpu.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { raw_cpu_ptr } from '../../kernel/percpu.js';
import { preempt_disable, preempt_enable } from '../../kernel/preempt.js';
import { auditRemove } from './audit.js';
import { BATCH, PPC64_TLB_BATCH_NR, ppc64_tlb_batch, readBatch, writeBatch } from './batch.js';
import {
  HPTES_PER_GROUP,
  HPTE_V,
  HPTE_V_COMPARE,
  groupOf,
  hpteAt,
  hpteMatches,
  hpteSearchedFor,
  hpte_encode_v,
  slotOf,
  type HashTable,
} from './hashTable.js';
import { native_lock_hpte, native_unlock_hpte, storeAndUnlock } from './hpte.js';
import { tlbie } from './tlbie.js';

const FLUSH_TLB_PENDING = kernelFunction('__flush_tlb_pending');
const FLUSH_HASH_PAGE = kernelFunction('flush_hash_page');
const FLUSH_HASH_RANGE = kernelFunction('native_flush_hash_range');

/** Places where a task can be preempted: behind the address of the batch, before its use; and the caller's, in between. */
export const PREEMPT_ENTER = 1;
export const PREEMPT_QUEUE = 2;
export const PREEMPT_REST = 3;
export const PREEMPT_LEAVE = 4;

/** Whether this CPU alone uses the address space, so that its own translations are all there are. */
export function usedOnlyHere(cpu: Cpu, t: HashTable): boolean {
  return READ_ONCE(cpu, cpu.instance + t.cpu_vm_mask) === 1 << cpu.id;
}

/**
 * Queues the invalidation of the hash table entry that the page of a removed PTE may have. The queue is flushed only
 * when it is full, or when another address space comes.
 *
 * @kernel hpte_update, arch/powerpc/mm/tlb_64.c up to 2.6.20
 */
export function hpte_update(cpu: Cpu, t: HashTable, mm: number, vpn: number, pte: number): void {
  if ((mm | 0) !== mm) checkWord('hpte_update: mm', mm);
  if ((vpn | 0) !== vpn) checkWord('hpte_update: vpn', vpn);
  if ((pte | 0) !== pte) checkWord('hpte_update: pte', pte);
  queueFlush(cpu, t, raw_cpu_ptr(cpu, ppc64_tlb_batch, PREEMPT_QUEUE), mm, vpn, pte);
}

/**
 * Does the same since a741e679: only in lazy MMU mode is the invalidation queued, otherwise it is done at once.
 *
 * @kernel hpte_need_flush, arch/powerpc/mm/tlb_64.c: with __get_cpu_var as merged, with get_cpu_var in the tree of 2022
 */
export function hpte_need_flush(cpu: Cpu, t: HashTable, mm: number, vpn: number, pte: number): void {
  if ((mm | 0) !== mm) checkWord('hpte_need_flush: mm', mm);
  if ((vpn | 0) !== vpn) checkWord('hpte_need_flush: vpn', vpn);
  if ((pte | 0) !== pte) checkWord('hpte_need_flush: pte', pte);
  if (t.needFlushPins) preempt_disable(cpu); // get_cpu_var()
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch, PREEMPT_QUEUE);
  if (readBatch(cpu, t, batch + BATCH.active) === 0) flush_hash_page(cpu, t, vpn, pte, false);
  else queueFlush(cpu, t, batch, mm, vpn, pte);
  if (t.needFlushPins) preempt_enable(cpu);
}

function queueFlush(cpu: Cpu, t: HashTable, batch: number, mm: number, vpn: number, pte: number): void {
  let i = readBatch(cpu, t, batch + BATCH.index);
  if (i !== 0 && readBatch(cpu, t, batch + BATCH.mm) !== mm) {
    __flush_tlb_pending(cpu, t, batch);
    i = 0;
  }
  if (i === 0) writeBatch(cpu, t, batch + BATCH.mm, mm);
  writeBatch(cpu, t, batch + BATCH.pte + i, pte);
  writeBatch(cpu, t, batch + BATCH.vpn + i, vpn);
  writeBatch(cpu, t, batch + BATCH.index, i + 1);
  if (i + 1 === PPC64_TLB_BATCH_NR) __flush_tlb_pending(cpu, t, batch);
}

/**
 * @kernel arch_enter_lazy_mmu_mode, include/asm-powerpc/tlbflush.h
 */
export function arch_enter_lazy_mmu_mode(cpu: Cpu, t: HashTable): void {
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch, PREEMPT_ENTER);
  writeBatch(cpu, t, batch + BATCH.active, 1);
}

/**
 * @kernel arch_leave_lazy_mmu_mode, include/asm-powerpc/tlbflush.h
 */
export function arch_leave_lazy_mmu_mode(cpu: Cpu, t: HashTable): void {
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch, PREEMPT_LEAVE);
  if (readBatch(cpu, t, batch + BATCH.index) !== 0) __flush_tlb_pending(cpu, t, batch);
  writeBatch(cpu, t, batch + BATCH.active, 0);
}

/**
 * Does what the CPU owes.
 *
 * @kernel flush_tlb_pending, include/asm-powerpc/tlbflush.h up to 2.6.20
 */
export function flush_tlb_pending(cpu: Cpu, t: HashTable): void {
  preempt_disable(cpu); // get_cpu_var()
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch);
  if (readBatch(cpu, t, batch + BATCH.index) !== 0) __flush_tlb_pending(cpu, t, batch);
  preempt_enable(cpu);
}

/**
 * Flushes a batch that is not empty.
 *
 * @kernel __flush_tlb_pending, arch/powerpc/mm/tlb_64.c. Differs: a single entry goes the same way as several.
 */
export function __flush_tlb_pending(cpu: Cpu, t: HashTable, batch: number): void {
  enter(cpu, FLUSH_TLB_PENDING);
  native_flush_hash_range(cpu, t, readBatch(cpu, t, batch + BATCH.index), usedOnlyHere(cpu, t));
  writeBatch(cpu, t, batch + BATCH.index, 0);
  leave(cpu);
}

/**
 * Invalidates one hash table entry and the translations made from it, at once.
 *
 * @kernel flush_hash_page, arch/powerpc/mm/hash_utils_64.c
 */
export function flush_hash_page(cpu: Cpu, t: HashTable, vpn: number, pte: number, local: boolean): void {
  enter(cpu, FLUSH_HASH_PAGE);
  const flags = local_irq_save(cpu);
  invalidate(cpu, t, vpn, pte);
  if (t.flushTlbie) tlbie(cpu, t, local);
  local_irq_restore(cpu, flags);
  leave(cpu);
}

/**
 * Invalidates the hash table entries of the batch, then the translations made from them. The batch is looked for anew: it
 * is the running CPU's.
 *
 * @kernel native_flush_hash_range, arch/powerpc/mm/hash_native_64.c
 */
export function native_flush_hash_range(cpu: Cpu, t: HashTable, number: number, local: boolean): void {
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch);
  enter(cpu, FLUSH_HASH_RANGE);
  const flags = local_irq_save(cpu);
  for (let i = 0; i < number; i++) {
    const vpn = readBatch(cpu, t, batch + BATCH.vpn + i);
    invalidate(cpu, t, vpn, readBatch(cpu, t, batch + BATCH.pte + i));
  }
  if (t.flushTlbie) tlbie(cpu, t, local);
  local_irq_restore(cpu, flags);
  leave(cpu);
}

/**
 * Empties the slot that the PTE names. It may have been given to another page since: then the entry stays, but translations
 * of the page go all the same.
 */
function invalidate(cpu: Cpu, t: HashTable, vpn: number, pte: number): void {
  const slot = t.flushSearchesPrimary ? findInPrimary(cpu, t, vpn) : slotOf(t, vpn, pte);
  if (slot < 0) return;
  const hptep = hpteAt(cpu, t, slot);
  const v = native_lock_hpte(cpu, hptep);
  if ((v & HPTE_V.VALID) === 0 || !HPTE_V_COMPARE(v, hpte_encode_v(vpn))) {
    native_unlock_hpte(cpu, hptep);
    return;
  }
  auditRemove(cpu, t, vpn);
  storeAndUnlock(cpu, hptep, 0);
}

/** Finds the entry as a flush without the slot bits would, which forgets the secondary group; -1 if the page is not in the primary. */
function findInPrimary(cpu: Cpu, t: HashTable, vpn: number): number {
  const group = groupOf(t, vpn, false);
  const searchedFor = hpteSearchedFor(vpn, false);
  for (let i = 0; i < HPTES_PER_GROUP; i++) {
    if (hpteMatches(READ_ONCE(cpu, hpteAt(cpu, t, group + i)), searchedFor)) return group + i;
  }
  return -1;
}
