import { READ_ONCE } from '../../machine/access.js';
import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import type { Cpu } from '../../machine/cpu.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, this_cpu_ptr } from '../../kernel/percpu.js';
import { WORD, struct, words } from '../../sharedarraybuffer-utils/index.js';
import { auditRemove } from './audit.js';
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
import { PPC_PAGE } from './pte.js';
import { tlbie } from './tlbie.js';

/** @kernel PPC64_TLB_BATCH_NR, include/asm-powerpc/tlbflush.h */
export const PPC64_TLB_BATCH_NR = 192;

/**
 * The invalidations that a CPU still owes: PTEs that it has taken out, whose hash table entries are valid yet.
 * Guarded by preemption being off: the CPU's own words.
 *
 * @kernel struct ppc64_tlb_batch, include/asm-powerpc/tlbflush.h. Differs: one page size.
 */
const BATCH = struct({
  index: WORD,
  active: WORD,
  mm: WORD,
  pte: words(PPC64_TLB_BATCH_NR),
  vpn: words(PPC64_TLB_BATCH_NR),
});
/** @kernel ppc64_tlb_batch, arch/powerpc/mm/tlb_64.c */
const ppc64_tlb_batch = DEFINE_PER_CPU('ppc64_tlb_batch', BATCH.WORDS);

const FLUSH_TLB_PENDING = kernelFunction('__flush_tlb_pending');
const FLUSH_HASH_RANGE = kernelFunction('native_flush_hash_range');

/** Whether this CPU alone uses the address space, so that its own translations are all there are. */
export function usedOnlyHere(cpu: Cpu, t: HashTable): boolean {
  return READ_ONCE(cpu, cpu.instance + t.cpu_vm_mask) === 1 << cpu.id;
}

/** Invalidations that this CPU still owes. */
export function tlbBatchPending(cpu: Cpu): number {
  return cpu.mem[this_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.index];
}

/** Whether this CPU is in lazy MMU mode. */
export function tlbBatchActive(cpu: Cpu): boolean {
  return cpu.mem[this_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.active] !== 0;
}

/**
 * A PTE has been taken out whose page may have a hash table entry: queues its invalidation. The queue is flushed only
 * when it is full, or when another address space comes.
 *
 * @kernel hpte_update, arch/powerpc/mm/tlb_64.c up to 2.6.20
 */
export function hpte_update(cpu: Cpu, t: HashTable, mm: number, vpn: number, pte: number): void {
  const { mem } = cpu;
  const batch = this_cpu_ptr(cpu, ppc64_tlb_batch);
  if (mem[batch + BATCH.index] !== 0 && mem[batch + BATCH.mm] !== mm) flush_tlb_pending(cpu, t);
  const i = mem[batch + BATCH.index];
  mem[batch + BATCH.mm] = mm;
  mem[batch + BATCH.pte + i] = pte;
  mem[batch + BATCH.vpn + i] = vpn;
  mem[batch + BATCH.index] = i + 1;
  if (i + 1 === PPC64_TLB_BATCH_NR) flush_tlb_pending(cpu, t);
}

/**
 * The same since a741e679: only in lazy MMU mode is the invalidation queued, otherwise it is done at once.
 *
 * @kernel hpte_need_flush, arch/powerpc/mm/tlb_64.c
 */
export function hpte_need_flush(cpu: Cpu, t: HashTable, mm: number, vpn: number, pte: number): void {
  hpte_update(cpu, t, mm, vpn, pte);
  if (cpu.mem[this_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.active] === 0) flush_tlb_pending(cpu, t);
}

/**
 * @kernel arch_enter_lazy_mmu_mode, include/asm-powerpc/tlbflush.h
 */
export function arch_enter_lazy_mmu_mode(cpu: Cpu): void {
  cpu.mem[this_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.active] = 1;
}

/**
 * @kernel arch_leave_lazy_mmu_mode, include/asm-powerpc/tlbflush.h
 */
export function arch_leave_lazy_mmu_mode(cpu: Cpu, t: HashTable): void {
  flush_tlb_pending(cpu, t);
  cpu.mem[this_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.active] = 0;
}

/**
 * Does what the CPU owes.
 *
 * @kernel flush_tlb_pending and __flush_tlb_pending, arch/powerpc/mm/tlb_64.c. Differs: a single entry goes the same way
 * as several.
 */
export function flush_tlb_pending(cpu: Cpu, t: HashTable): void {
  const batch = this_cpu_ptr(cpu, ppc64_tlb_batch);
  const number = cpu.mem[batch + BATCH.index];
  if (number === 0) return;
  enter(cpu, FLUSH_TLB_PENDING);
  native_flush_hash_range(cpu, t, number, usedOnlyHere(cpu, t));
  cpu.mem[batch + BATCH.index] = 0;
  leave(cpu);
}

/**
 * Invalidates the hash table entries of the batch, then the translations made from them. The slot that a PTE names may
 * have been given to another page since: then the entry stays, but translations of the page go all the same.
 *
 * @kernel native_flush_hash_range, arch/powerpc/mm/hash_native_64.c
 */
export function native_flush_hash_range(cpu: Cpu, t: HashTable, number: number, local: boolean): void {
  const { mem } = cpu;
  const batch = this_cpu_ptr(cpu, ppc64_tlb_batch);
  enter(cpu, FLUSH_HASH_RANGE);
  const flags = local_irq_save(cpu);
  for (let i = 0; i < number; i++) {
    const vpn = mem[batch + BATCH.vpn + i];
    const slot = t.flushSearchesPrimary ? findInPrimary(cpu, t, vpn) : slotOf(t, vpn, mem[batch + BATCH.pte + i]);
    if (slot >= 0) invalidate(cpu, t, slot, vpn);
  }
  if (t.flushTlbie) tlbie(cpu, t, local);
  local_irq_restore(cpu, flags);
  leave(cpu);
}

function invalidate(cpu: Cpu, t: HashTable, slot: number, vpn: number): void {
  const hptep = hpteAt(cpu, t, slot);
  const v = native_lock_hpte(cpu, hptep);
  if ((v & HPTE_V.VALID) === 0 || !HPTE_V_COMPARE(v, hpte_encode_v(vpn))) {
    native_unlock_hpte(cpu, hptep);
    return;
  }
  auditRemove(cpu, t, vpn);
  storeAndUnlock(cpu, hptep, 0);
}

/** What a flush without the slot bits would do, and forget the secondary group: -1 if the page is not in the primary. */
function findInPrimary(cpu: Cpu, t: HashTable, vpn: number): number {
  const group = groupOf(t, vpn, false);
  const searchedFor = hpteSearchedFor(vpn, false);
  for (let i = 0; i < HPTES_PER_GROUP; i++) {
    if (hpteMatches(READ_ONCE(cpu, hpteAt(cpu, t, group + i)), searchedFor)) return group + i;
  }
  return -1;
}

/** Empties the batch of a CPU whose trial was abandoned. */
export function dropTlbBatch(cpu: Cpu): void {
  const batch = this_cpu_ptr(cpu, ppc64_tlb_batch);
  cpu.mem[batch + BATCH.index] = 0;
  cpu.mem[batch + BATCH.active] = 0;
}

/** One invalidation that a CPU owed. */
export interface PendingFlush {
  readonly vpn: number;
  readonly pte: number;
}

/** A CPU's batch, from a copy of its per-CPU area at `area`. */
export function readTlbBatch(mem: Int32Array, area: number): PendingFlush[] {
  const batch = area + ppc64_tlb_batch.offset;
  const entry = (_: unknown, i: number): PendingFlush => ({
    vpn: mem[batch + BATCH.vpn + i],
    pte: mem[batch + BATCH.pte + i],
  });
  return Array.from({ length: mem[batch + BATCH.index] }, entry);
}

/** Whether a PTE may have a hash table entry. */
export function mayBeHashed(pte: number): boolean {
  return (pte & PPC_PAGE.HASHPTE) !== 0;
}
