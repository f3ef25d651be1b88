/**
 * Turns interrupts off and on as the kernel does. Called on a CPU's thread by races, lib/arch, and the locks and IPIs
 * of this folder.
 */

import type { Cpu } from '../machine/cpu.js';
import { IN_HARDIRQ, IN_NMI, IRQS_DISABLED, POLLS, SERVING_HARDIRQ, SERVING_SOFTIRQ } from '../machine/irqMask.js';
import { CPU } from '../machine/layout.js';
import { irqsOnWithLocks } from './lockdep.js';

/**
 * Masks interrupts and returns the state before, for `local_irq_restore`.
 *
 * @kernel local_irq_save, include/linux/irqflags.h. Differs: returns the flags.
 */
export function local_irq_save(cpu: Cpu): number {
  const flags = cpu.mem[cpu.irqOff] & IRQS_DISABLED;
  cpu.mem[cpu.irqOff] |= IRQS_DISABLED;
  return flags;
}

/**
 * Brings back the state that `local_irq_save` returned. What came meanwhile is taken at the next memory instruction. Throws
 * RangeError for what is no such state.
 *
 * @kernel local_irq_restore, include/linux/irqflags.h
 */
export function local_irq_restore(cpu: Cpu, flags: number): void {
  if (flags !== 0 && flags !== IRQS_DISABLED)
    throw new RangeError(`local_irq_restore: flags ${String(flags)} were not returned by local_irq_save or its like`);
  cpu.mem[cpu.irqOff] = (cpu.mem[cpu.irqOff] & ~IRQS_DISABLED) | flags;
  if (cpu.mem[cpu.block + CPU.held] !== 0 && cpu.mem[cpu.irqOff] === 0) irqsOnWithLocks(cpu);
}

/**
 * @kernel local_irq_disable, include/linux/irqflags.h
 */
export function local_irq_disable(cpu: Cpu): void {
  cpu.mem[cpu.irqOff] |= IRQS_DISABLED;
}

/**
 * @kernel local_irq_enable, include/linux/irqflags.h
 */
export function local_irq_enable(cpu: Cpu): void {
  cpu.mem[cpu.irqOff] &= ~IRQS_DISABLED;
  if (cpu.mem[cpu.block + CPU.held] !== 0 && cpu.mem[cpu.irqOff] === 0) irqsOnWithLocks(cpu);
}

/**
 * @kernel irqs_disabled, include/linux/irqflags.h. A handler runs with interrupts off.
 */
export function irqs_disabled(cpu: Cpu): boolean {
  return (cpu.mem[cpu.irqOff] & (IRQS_DISABLED | IN_HARDIRQ | IN_NMI)) !== 0;
}

/**
 * @kernel in_interrupt, include/linux/preempt.h. In a handler of any kind, and where softirqs are disabled.
 */
export function in_interrupt(cpu: Cpu): boolean {
  return in_hardirq(cpu) || in_nmi(cpu) || (cpu.mem[cpu.block + CPU.context] & ~(SERVING_HARDIRQ | POLLS)) !== 0;
}

/**
 * @kernel in_hardirq, include/linux/preempt.h
 */
export function in_hardirq(cpu: Cpu): boolean {
  return (cpu.mem[cpu.irqOff] & IN_HARDIRQ) !== 0 || (cpu.mem[cpu.block + CPU.context] & SERVING_HARDIRQ) !== 0;
}

/**
 * @kernel in_nmi, include/linux/preempt.h
 */
export function in_nmi(cpu: Cpu): boolean {
  return (cpu.mem[cpu.irqOff] & IN_NMI) !== 0;
}

/**
 * @kernel in_task, include/linux/preempt.h. Also where softirqs are disabled.
 */
export function in_task(cpu: Cpu): boolean {
  return !in_hardirq(cpu) && !in_nmi(cpu) && (cpu.mem[cpu.block + CPU.context] & SERVING_SOFTIRQ) === 0;
}
