import type { Cpu, InterruptHandler } from '../machine/cpu.js';
import { send } from '../machine/ipi.js';
import { WARN } from './bug.js';
import { irqs_disabled } from './irqflags.js';
import { preempt_disable, preempt_enable } from './preempt.js';

/** Signature of an IPI wait with interrupts off (I14). */
export const IPI_WAIT_IRQS_OFF = 'ipi-wait-irqs-off';

/**
 * Runs `func(info)` on CPU `target` in interrupt context; with `wait`, returns when it has run. The own CPU runs it at once.
 *
 * @kernel smp_call_function_single, kernel/smp.c. Differs: always uses this CPU's own call slot.
 */
export function smp_call_function_single(cpu: Cpu, target: number, func: InterruptHandler, info: number, wait: boolean): void {
  if (target === cpu.id) {
    func(cpu, info, cpu.config as never);
    return;
  }
  const bit = 1 << (target & 31);
  smp_call_function_many(cpu, target < 32 ? bit : 0, target < 32 ? 0 : bit, func, info, wait);
}

/**
 * Runs `func(info)` on every other CPU of the mask: bit b of `low` is CPU b, bit b of `high` CPU 32 + b. Waiting with
 * interrupts off warns: two CPUs that do so at once wait for each other.
 *
 * @kernel smp_call_function_many, kernel/smp.c. Differs: the mask is two words.
 */
export function smp_call_function_many(cpu: Cpu, low: number, high: number, func: InterruptHandler, info: number, wait: boolean): void {
  if (wait && irqs_disabled(cpu)) WARN(cpu, IPI_WAIT_IRQS_OFF, 'I14: IPI wait entered with interrupts off');
  preempt_disable(cpu);
  send(cpu, low, high, func, info, wait);
  preempt_enable(cpu);
}
