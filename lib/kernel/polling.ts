/**
 * Service of pending calls while interrupts are off, as kernels do that spin so. Called on a CPU's thread by races. A race that
 * does so declares `polls: true`.
 */

import type { Cpu } from '../machine/cpu.js';
import { POLLS_IN_WAITS, POLLS_NOW } from '../machine/irqMask.js';
import { CPU } from '../machine/layout.js';
import { die } from '../machine/outcome.js';
import { UNBALANCED } from '../machine/signatures.js';

/**
 * Takes pending calls, and interrupts of lines that are `polled`, although interrupts are off: for loops that wait. Does nothing in a
 * handler.
 */
export function pollCalls(cpu: Cpu): void {
  const { mem, block } = cpu;
  const before = mem[block + CPU.context];
  mem[block + CPU.context] = before | POLLS_NOW;
  if (cpu.explored !== null) cpu.explored.poll();
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  mem[block + CPU.context] = before;
}

/** Has each wait of this CPU take calls as `pollCalls` does, until `endPolling`: spin_lock, waits for answers, and wait_on. */
export function beginPolling(cpu: Cpu): void {
  const at = cpu.block + CPU.context;
  if ((cpu.mem[at] & POLLS_IN_WAITS) !== 0)
    die(cpu, UNBALANCED, 'beginPolling() behind another one without endPolling()');
  cpu.mem[at] |= POLLS_IN_WAITS;
}

/** Ends what `beginPolling` began. */
export function endPolling(cpu: Cpu): void {
  const at = cpu.block + CPU.context;
  if ((cpu.mem[at] & POLLS_IN_WAITS) === 0) die(cpu, UNBALANCED, 'endPolling() without a beginPolling() before it');
  cpu.mem[at] &= ~POLLS_IN_WAITS;
}
