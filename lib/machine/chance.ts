/**
 * Random numbers for what the modelled hardware leaves to chance; a replay gets the same ones. Called on a CPU's thread
 * by races and by lib/arch/ppc64/timebase.ts.
 */

import type { Cpu } from './cpu.js';
import { CPU } from './layout.js';

/**
 * Returns the next number, of 16 bits, for what is left to chance: the first of a trial is drawn from the run's seed
 * for each CPU, the next ones follow from it. A replay of the trial has the same ones.
 */
export function nextChance(cpu: Cpu): number {
  const at = cpu.block + CPU.chance;
  const next = (Math.imul(cpu.mem[at], 1664525) + 1013904223) | 0;
  cpu.mem[at] = next;
  return next >>> 16;
}
