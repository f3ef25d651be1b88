/**
 * Finds per-CPU addresses that a task uses on another CPU than it took them on. lib/kernel/percpu.ts notes them, migration.ts says when
 * the task has moved, and reach.ts asks when an instruction accesses a per-CPU area from then on.
 */

import type { Cpu } from './cpu.js';
import { IN_HARDIRQ, IN_NMI, SERVING_HARDIRQ, SERVING_SOFTIRQ } from './irqMask.js';
import { CPU } from './layout.js';

/** Notes that the running task has taken the address of its CPU's copy of a variable. */
export function noteOwnAddress(cpu: Cpu, first: number, words: number, name: string): void {
  if (isHandler(cpu)) return;
  cpu.own.note(first, words, name);
  if (cpu.own.hasMoved) cpu.isa.watchAreas(1);
}

/** Notes that the running task means the copy with this address, whatever CPU it runs on. */
export function noteMeant(cpu: Cpu, address: number): void {
  if (!cpu.own.isEmpty && !isHandler(cpu)) cpu.own.forget(address);
}

/** Notes that the task runs on another CPU: from here on each access to a per-CPU area is looked at. */
export function noteMoved({ own, isa }: Cpu): void {
  own.hasMoved = true;
  if (!own.isEmpty) isa.watchAreas(1);
}

/** Forgets what the task of the trial before has taken. */
export function forgetOwnAddresses({ own, isa }: Cpu): void {
  if (own.hasMoved) isa.watchAreas(0);
  if (!own.isEmpty || own.hasMoved) own.clear();
}

/**
 * Returns the variable whose copy this is, if the running task has taken its address as its own CPU's, and runs on another one;
 * undefined otherwise.
 */
export function staleCopy(cpu: Cpu, address: number): string | undefined {
  const { percpu, percpuStride } = cpu.map;
  if (Math.floor((address - percpu) / percpuStride) === cpu.id || isHandler(cpu)) return undefined;
  return cpu.own.nameOf(address);
}

/** Whether a handler runs, which stays on its CPU, and not the task. */
function isHandler({ mem, irqOff, block }: Cpu): boolean {
  return (
    (mem[irqOff] & (IN_HARDIRQ | IN_NMI)) !== 0 ||
    (mem[block + CPU.context] & (SERVING_SOFTIRQ | SERVING_HARDIRQ)) !== 0
  );
}
