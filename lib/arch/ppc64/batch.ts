/**
 * The TLB invalidations that a CPU has queued. Used on the CPU's thread by tlbBatch.ts and preempt.ts; read on the host
 * by report.ts.
 */

import { READ_ONCE, WRITE_ONCE } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { DEFINE_PER_CPU, ownWords } from '../../kernel/percpu.js';
import { WORD, struct, words } from '../../sharedarraybuffer-utils/index.js';
import type { HashTable } from './hashTable.js';
import { PPC_PAGE } from './pte.js';

/** @kernel PPC64_TLB_BATCH_NR, include/asm-powerpc/tlbflush.h */
export const PPC64_TLB_BATCH_NR = 192;

/**
 * The invalidations that a CPU still owes: PTEs that it has taken out, whose hash table entries are valid yet. Guarded by
 * preemption being off: the CPU's own words. Where it is left on, the task of another CPU can come here as well.
 *
 * @kernel struct ppc64_tlb_batch, include/asm-powerpc/tlbflush.h. Differs: one page size.
 */
export const BATCH = struct({
  index: WORD,
  active: WORD,
  mm: WORD,
  pte: words(PPC64_TLB_BATCH_NR),
  vpn: words(PPC64_TLB_BATCH_NR),
});
/** @kernel ppc64_tlb_batch, arch/powerpc/mm/tlb_64.c */
export const ppc64_tlb_batch = DEFINE_PER_CPU('ppc64_tlb_batch', BATCH.WORDS);

/** Reads a word of the batch at `at`; by an instruction where a task can be preempted over a batch. */
export function readBatch(cpu: Cpu, t: HashTable, at: number): number {
  return t.preemptible ? READ_ONCE(cpu, at) : cpu.mem[at];
}

/** Stores a word of a batch. */
export function writeBatch(cpu: Cpu, t: HashTable, at: number, value: number): void {
  if (t.preemptible) WRITE_ONCE(cpu, at, value);
  else cpu.mem[at] = value;
}

/*
 * What the harness and the promises of a fix look at. No part of the modelled kernel.
 */

/** Returns the number of invalidations that this CPU still owes. */
export function tlbBatchPending(cpu: Cpu): number {
  return cpu.mem[ownWords(cpu, ppc64_tlb_batch) + BATCH.index];
}

/** Whether this CPU is in lazy MMU mode. */
export function tlbBatchActive(cpu: Cpu): boolean {
  return cpu.mem[ownWords(cpu, ppc64_tlb_batch) + BATCH.active] !== 0;
}

/** Empties the batch of a CPU: before a trial, or after one that was abandoned. */
export function dropTlbBatch(cpu: Cpu): void {
  const batch = ownWords(cpu, ppc64_tlb_batch);
  cpu.mem[batch + BATCH.index] = 0;
  cpu.mem[batch + BATCH.active] = 0;
}

/** One invalidation that a CPU owed. */
export interface PendingFlush {
  readonly vpn: number;
  readonly pte: number;
}

/** Reads a CPU's batch, from a copy of its per-CPU area at `area`. */
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
