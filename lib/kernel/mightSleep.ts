/** Functions that may sleep, where they must not. Called on a CPU's thread by the sleeping locks of this folder and by races. */

import type { Cpu } from '../machine/cpu.js';
import { die } from '../machine/outcome.js';
import { SLEEPING_IN_ATOMIC } from '../machine/signatures.js';
import { in_interrupt, irqs_disabled } from './irqflags.js';
import { preempt_count } from './preempt.js';

/*
 * Where each task has a CPU, one that sleeps leaves it to nobody: the CPU takes interrupts, and the task continues there when it is woken up.
 * Where tasks outnumber CPUs another one may get it (lib/machine/runQueue.ts).
 */

/**
 * Kills the CPU, as `sleeping-in-atomic`, if it cannot sleep: in an interrupt, with interrupts off, or with preemption
 * disabled, which holding a spinlock does, and reading under RCU. `what` is the function that may sleep.
 *
 * @kernel might_sleep, include/linux/kernel.h. Differs: the kernel reports and continues.
 */
export function might_sleep(cpu: Cpu, what = 'might_sleep'): void {
  const count = preempt_count(cpu);
  const isOff = irqs_disabled(cpu);
  const inside = in_interrupt(cpu);
  if (count === 0 && !isOff && !inside) return;
  die(
    cpu,
    SLEEPING_IN_ATOMIC,
    `BUG: sleeping function called from invalid context: ${what}(), in_atomic(): ${count > 0 || inside ? 1 : 0}, irqs_disabled(): ${isOff ? 1 : 0}${readerWords(cpu)}`,
    count,
    isOff ? 1 : 0,
  );
}

/** Says that the task reads under RCU, as the kernel does beside the same message. */
function readerWords({ rcuNesting }: Cpu): string {
  return rcuNesting === 0
    ? ''
    : `, RCU nest depth: ${rcuNesting}: illegal context switch in RCU read-side critical section`;
}
