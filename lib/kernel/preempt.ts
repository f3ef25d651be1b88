/**
 * Disables and enables preemption. Called on a CPU's thread by races, lib/arch, and the locks and IPIs of this folder.
 */

import type { Cpu } from '../machine/cpu.js';
import { CPU } from '../machine/layout.js';
import { PREEMPT_OVERFLOW, UNBALANCED } from '../machine/signatures.js';
import { die } from '../machine/outcome.js';

/** The preemption part of preempt_count has eight bits: more nested critical sections overflow into the next field. */
const PREEMPT_MAX = 255;

/**
 * Forbids preemption until the matching `preempt_enable`. Guarded by nobody: the CPU's own word.
 *
 * @kernel preempt_disable, include/linux/preempt.h
 */
export function preempt_disable(cpu: Cpu): void {
  const at = cpu.block + CPU.preemptCount;
  if (++cpu.mem[at] > PREEMPT_MAX)
    die(cpu, PREEMPT_OVERFLOW, `more than ${PREEMPT_MAX} locks held: preempt_count overflows`);
}

/**
 * @kernel preempt_enable, include/linux/preempt.h. Differs: does not reschedule.
 */
export function preempt_enable(cpu: Cpu): void {
  if (--cpu.mem[cpu.block + CPU.preemptCount] < 0)
    die(cpu, UNBALANCED, 'preempt_enable() without a preempt_disable() before it');
}

/**
 * @kernel preempt_count, include/linux/preempt.h. Differs: counts preempt_disable alone; interrupt context is apart.
 */
export function preempt_count(cpu: Cpu): number {
  return cpu.mem[cpu.block + CPU.preemptCount];
}

/**
 * Keeps the running task on its CPU until the matching `migrate_enable`: it may still be interrupted, and others may take locks
 * meanwhile.
 *
 * @kernel migrate_disable, include/linux/preempt.h. Differs: where each task has a CPU, it is not preempted either.
 */
export function migrate_disable(cpu: Cpu): void {
  cpu.migrateDisabled++;
}

/**
 * @kernel migrate_enable, include/linux/preempt.h
 */
export function migrate_enable(cpu: Cpu): void {
  if (--cpu.migrateDisabled < 0) die(cpu, UNBALANCED, 'migrate_enable() without a migrate_disable() before it');
}
