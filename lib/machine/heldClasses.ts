/**
 * The lockdep classes of the locks that a CPU holds. Kept up to date on the CPU's thread by heldLocks.ts, read there by
 * lib/kernel/lockdep.ts.
 *
 * Beside the list of locks that a CPU holds stands, for each length of the list, the set of classes of its locks. So one
 * load tells what is held; a release has nothing to do, and neither has the recovery of an abandoned trial. Locks that an
 * interrupt handler takes begin a set of their own: what it interrupted is ordered by its use in interrupts, not by them.
 */

import type { Cpu } from './cpu.js';
import { CONTEXT_MASK, CONTEXT_SHIFT } from './irqMask.js';
import { CPU, HELD, HELD_CLASSES } from './layout.js';

/** Returns what is masked, and in which handlers the CPU is, as a lock that it takes keeps it (irqMask.ts). */
export function interruptState({ mem, irqOff, block }: Cpu): number {
  return mem[irqOff] | (mem[block + CPU.context] << CONTEXT_SHIFT);
}

/** Classes that the CPU holds in its present context: a bit for each. */
export function heldClasses(cpu: Cpu): number {
  const { mem, block } = cpu;
  const n = mem[block + CPU.held];
  if (n === 0 || startsContext(cpu, n)) return 0;
  return mem[block + CPU.classes + n * HELD_CLASSES.WORDS + HELD_CLASSES.mask];
}

/** Makes the class of lock `n` of the list, from 1, that of the last one, as the list itself has been changed. */
export function moveClassToTop(cpu: Cpu, n: number): void {
  const { mem, block } = cpu;
  const last = mem[block + CPU.held];
  const moved = classAt(cpu, n);
  for (let i = n; i < last; i++) setClass(cpu, i, classAt(cpu, i + 1));
  setClass(cpu, last, moved);
}

/** Returns the class of lock `n` of the list, from 1. */
export function classAt(cpu: Cpu, n: number): number {
  return cpu.mem[cpu.block + CPU.classes + n * HELD_CLASSES.WORDS + HELD_CLASSES.last];
}

/** Sets the class of lock `n` of the list, from 1, which is there already. */
export function setClass(cpu: Cpu, n: number, lockClass: number): void {
  const { mem, block } = cpu;
  const at = block + CPU.classes + n * HELD_CLASSES.WORDS;
  const below = n > 1 && contextOf(cpu, n) === contextOf(cpu, n - 1) ? mem[at - HELD_CLASSES.WORDS] : 0;
  mem[at + HELD_CLASSES.mask] = below | ((1 << lockClass) & ~1);
  mem[at + HELD_CLASSES.last] = lockClass;
}

/** Whether a handler runs that has taken none of the `n` locks held. */
function startsContext(cpu: Cpu, n: number): boolean {
  return (interruptState(cpu) & CONTEXT_MASK) !== contextOf(cpu, n);
}

/** Returns in which handlers the CPU was when it took lock `n` of the list, from 1. */
function contextOf(cpu: Cpu, n: number): number {
  return cpu.mem[cpu.block + CPU.locks + (n - 1) * HELD.WORDS + HELD.irqOff] & CONTEXT_MASK;
}
