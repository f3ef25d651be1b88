import type { Cpu } from '../../machine/cpu.js';
import { isPreemptible, preemptionPoint } from '../../machine/migration.js';
import { BUG } from '../../kernel/bug.js';
import type { HashTable } from './hashTable.js';
import { arch_enter_lazy_mmu_mode, arch_leave_lazy_mmu_mode, tlbBatchActive, tlbBatchPending } from './tlbBatch.js';

/** Signature of a batch that is not empty where it must be (I6). */
export const BATCH_PENDING = 'batch-pending';

/**
 * The running task is preempted, if it may be, and goes on on another CPU, if one is to be had. With `flushes`, as since
 * d6bf29b44ddf, a context switch flushes the batch, and lazy mode moves with the task. Without, what the task has queued
 * stays behind on the CPU that it left (I6).
 *
 * @kernel preempt_schedule, kernel/sched.c, with __switch_to, arch/powerpc/kernel/process.c. Differs: the tasks of two
 * CPUs are exchanged; a task that finds no other to exchange with goes on where it is.
 */
export function preempt_schedule(cpu: Cpu, t: HashTable, flushes: boolean): void {
  if (!isPreemptible(cpu)) return;
  const from = cpu.id;
  const lazy = flushes && tlbBatchActive(cpu);
  if (lazy) arch_leave_lazy_mmu_mode(cpu, t);
  const left = tlbBatchPending(cpu);
  const moved = preemptionPoint(cpu, true);
  if (lazy) arch_enter_lazy_mmu_mode(cpu);
  if (moved && left > 0)
    BUG(cpu, BATCH_PENDING, 'I6: a task was preempted and left its TLB batch behind', from, left, cpu.id);
}

/** A point where the running task lets another that is being preempted have its CPU. Returns whether it did. */
export function yieldCpu(cpu: Cpu): boolean {
  return preemptionPoint(cpu, false);
}
