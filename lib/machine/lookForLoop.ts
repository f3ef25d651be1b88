/**
 * Looks for a loop of reads that waits for a word. Called on a CPU's thread by the compiled instructions, and by
 * lock.ts behind a trylock that fails, behind one in so many.
 */

import type { Cpu } from './cpu.js';
import { IRR_LOOP } from './irqMask.js';

/** Looks whether the newest records are reads that repeat, and has the next ones followed then (readAgain.ts). */
export function lookForLoop(cpu: Cpu): void {
  if (cpu.loop.isFollowed || !cpu.loop.find(cpu.mem, cpu.ring)) return;
  Atomics.or(cpu.mem, cpu.irr, IRR_LOOP);
}
