/**
 * How often a waiting CPU looks at the word that it waits for, and whether its wait can end at all. Called on the CPU's thread by
 * lock.ts and waitOn.ts; ipi.ts and readAgain.ts read the numbers.
 */

import type { Cpu } from './cpu.js';

/** Iterations of a wait before its CPU looks the first time whether it can end; doubled for each later look of the same wait. */
export const FIRST_LOOK = 16;
/**
 * Iterations before the first look of a CPU that has proved a wait of its own to have no end, and has not ended one since: where trials hang,
 * the next one does so as a rule.
 */
const FIRST_LOOK_OF_PROVER = 2;
/** Most iterations between two looks. */
export const LOOK_MAX = 1024;

/** Returns after how many iterations of a wait the CPU looks the first time whether it can end. */
export function firstLook({ hasProved }: Cpu): number {
  return hasProved ? FIRST_LOOK_OF_PROVER : FIRST_LOOK;
}

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
