/**
 * How often a waiting CPU looks at the word that it waits for, and whether its wait can end at all. Called on the CPU's thread by
 * lock.ts and waitOn.ts; ipi.ts and readAgain.ts read the numbers.
 */

import type { Cpu } from './cpu.js';

/** Iterations of a wait before its CPU looks the first time whether it can end; doubled for each later look of the same wait. */
export const FIRST_LOOK = 16;
/** Most iterations between two looks. */
export const LOOK_MAX = 1024;

/** Looks at a word of its own that a CPU passes its time with: as long as a line takes from one core to another, about. */
const LOOKS_AWAY = 200;
/** Iterations that do not look away take as long as one that does. */
const SPINS_AWAY = 4;

/**
 * Passes time between two looks at a word that lies beside what the other CPUs work on: each look takes the line away from the one that
 * is to end the wait. Ends when something is requested of the CPU. Returns the number of iterations that it counts as.
 */
export function lookAway({ mem, irr }: Cpu): number {
  if (mem[irr] !== 0) return 1;
  for (let i = 0; i < LOOKS_AWAY && mem[irr] === 0; i++);
  return SPINS_AWAY;
}
