/** Runs the handler of a call or of an interrupt line. Called on the CPU's thread by irq.ts, lines.ts and lib/kernel/smp.ts. */

import { imbalanceWords } from './balance.js';
import type { Cpu, InterruptHandler } from './cpu.js';
import { CPU } from './layout.js';
import { leaveLoop } from './leaveLoop.js';
import { UNBALANCED } from './signatures.js';
import { die } from './outcome.js';

/**
 * Runs a handler. The CPU is back at its own step afterwards, whatever steps the handler takes. A handler that leaves
 * locks, interrupts, softirqs, preemption or the call stack in another state than it found them kills the CPU.
 */
export function runHandler(cpu: Cpu, handler: InterruptHandler, info: number): void {
  const { mem, block, irqOff } = cpu;
  const step = mem[cpu.step];
  const held = mem[block + CPU.held];
  const preemptCount = mem[block + CPU.preemptCount];
  const depth = mem[block + CPU.depth];
  const off = mem[irqOff];
  const context = mem[block + CPU.context];
  const level = mem[block + CPU.level];
  const migration = cpu.migrateDisabled;
  handler(cpu, info, cpu.config as never);
  leaveLoop(cpu);
  if (
    mem[block + CPU.held] !== held ||
    mem[block + CPU.preemptCount] !== preemptCount ||
    mem[block + CPU.depth] !== depth ||
    mem[irqOff] !== off ||
    mem[block + CPU.context] !== context ||
    mem[block + CPU.level] !== level ||
    cpu.migrateDisabled !== migration
  ) {
    const who = `handler ${handler.name}`;
    die(cpu, UNBALANCED, imbalanceWords(cpu, who, held, preemptCount, depth, off, context, migration, level));
  }
  mem[cpu.step] = step;
}
