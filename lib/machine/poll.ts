/**
 * Service of pending calls, and of lines that are polled, while interrupts are off. Read on the CPU's thread by irq.ts and
 * lines.ts; begun and ended by lib/kernel/polling.ts.
 *
 * A poll is an instruction boundary at which calls are taken although interrupts are off. So it leaves no record unless it takes
 * something; a replay takes it where the record of its entry stands.
 */

import type { Cpu } from './cpu.js';
import { IRQS_DISABLED, POLLS_IN_WAITS, POLLS_NOW } from './irqMask.js';
import { CPU } from './layout.js';
import { WAIT, waitKind } from './wait.js';

/** Whether the CPU takes calls now although interrupts are off. In handlers and in the hypervisor nobody polls. */
export function pollsNow({ mem, irqOff, block, wait }: Cpu): boolean {
  if (mem[irqOff] !== IRQS_DISABLED) return false;
  const context = mem[block + CPU.context];
  return (context & POLLS_NOW) !== 0 || ((context & POLLS_IN_WAITS) !== 0 && waitKind(mem[wait]) !== WAIT.RUN);
}
