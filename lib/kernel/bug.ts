/**
 * BUG(), WARN() and do_exit(): how kernel code fails its trial or ends its task. Called on a CPU's thread by races,
 * lib/arch and smp.ts.
 */

import type { Cpu } from '../machine/cpu.js';
import { CPU } from '../machine/layout.js';
import { dead, exit, fail } from '../machine/outcome.js';

/**
 * Kills the CPU, with its locks held: an assertion of the kernel has failed. `signature` is the outcome that is
 * counted, `what` the line of the report.
 *
 * @kernel BUG, include/asm-generic/bug.h. Differs: names its outcome.
 */
export function BUG(cpu: Cpu, signature: string, what: string, d0 = 0, d1 = 0, d2 = 0, d3 = 0): never {
  throw dead(cpu, signature, what, d0, d1, d2, d3);
}

/**
 * Reports and continues. The trial counts as failed with the given signature.
 *
 * @kernel WARN, include/asm-generic/bug.h. Differs: names its outcome.
 */
export function WARN(cpu: Cpu, signature: string, what: string, d0 = 0, d1 = 0): void {
  fail(cpu, signature, what, d0, d1);
}

/**
 * Ends the task quietly, with all that it holds; its CPU idles with interrupts on. The trial fails, as ORPHANED LOCK,
 * when a CPU waits for one of its locks.
 *
 * @kernel do_exit, kernel/exit.c. Differs: warns of nothing; the CPU has no other task in this trial.
 */
export function do_exit(cpu: Cpu): never {
  cpu.mem[cpu.irqOff] = 0;
  cpu.mem[cpu.block + CPU.context] = 0;
  cpu.mem[cpu.block + CPU.level] = 0;
  return exit(cpu);
}
