/**
 * The context switch of ppc64 tasks that have TLB invalidations queued. Called on a CPU's thread by the race
 * hash-batch, and by the machine when it preempts a task.
 */

import type { ContextSwitch, Cpu } from '../../machine/cpu.js';
import { awaitOffer } from '../../machine/migration.js';
import { preemptHere } from '../../machine/preemption.js';
import { BUG } from '../../kernel/bug.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { raw_cpu_ptr } from '../../kernel/percpu.js';
import { BATCH, ppc64_tlb_batch, readBatch, writeBatch } from './batch.js';
import type { HashTable } from './hashTable.js';
import { __flush_tlb_pending } from './tlbBatch.js';

/** Signature of a batch that is not empty where it must be (I6). */
export const BATCH_PENDING = 'batch-pending';

/** Polls of a task that yields: as long as another needs to reach its place, about a microsecond. */
const YIELD_LOOKS = 1000;
/** In what a task takes along: it was in lazy MMU mode. Above it, what it leaves behind. @kernel TLF_LAZY_MMU */
const TLF_LAZY_MMU = 1;
const LEFT_SHIFT = 1;

/**
 * Returns the context switch of a task that uses the table `t`. With `flushes`, as since d6bf29b44ddf, it flushes the
 * batch of a task in lazy MMU mode, and the mode goes where the task goes. Without, what the task has queued stays
 * behind (I6).
 */
export function ppc64ContextSwitch(t: HashTable, flushes: boolean): ContextSwitch {
  return Object.freeze({
    out: (cpu: Cpu) => switchOut(cpu, t, flushes),
    into: (cpu: Cpu, kept: number, from: number) => switchIn(cpu, t, kept, from),
  });
}

/** Does the part of __switch_to(), arch/powerpc/kernel/process.c, in front of _switch(). Interrupts are off. */
function switchOut(cpu: Cpu, t: HashTable, flushes: boolean): number {
  const flags = local_irq_save(cpu);
  const batch = raw_cpu_ptr(cpu, ppc64_tlb_batch);
  let kept = 0;
  if (flushes && readBatch(cpu, t, batch + BATCH.active) !== 0) {
    kept = TLF_LAZY_MMU;
    if (readBatch(cpu, t, batch + BATCH.index) !== 0) __flush_tlb_pending(cpu, t, batch);
    writeBatch(cpu, t, batch + BATCH.active, 0);
  }
  kept |= readBatch(cpu, t, batch + BATCH.index) << LEFT_SHIFT;
  local_irq_restore(cpu, flags);
  return kept;
}

/** Does the part behind it, where the task continues. A task that went must not have left anything for another to flush (I6). */
function switchIn(cpu: Cpu, t: HashTable, kept: number, from: number): void {
  const flags = local_irq_save(cpu);
  if ((kept & TLF_LAZY_MMU) !== 0) writeBatch(cpu, t, raw_cpu_ptr(cpu, ppc64_tlb_batch) + BATCH.active, 1);
  local_irq_restore(cpu, flags);
  const left = kept >>> LEFT_SHIFT;
  if (left !== 0 && from !== cpu.id)
    BUG(cpu, BATCH_PENDING, 'I6: a task was preempted and left its TLB batch behind', from, left, cpu.id);
}

/** Lets another task that is being preempted have the CPU of the running one. Returns whether it did. */
export function yieldCpu(cpu: Cpu): boolean {
  awaitOffer(cpu, YIELD_LOOKS);
  return preemptHere(cpu, 0);
}
