/** The timebase register. Called on a CPU's thread by hashPage.ts and hpte.ts. */

import { chanceBelow } from '../../machine/chance.js';
import type { Cpu } from '../../machine/cpu.js';

/**
 * Returns what the kernel takes from the timebase where any value will do: which of `below` entries to evict.
 *
 * @kernel mftb, include/asm-powerpc/reg.h. Differs: a sequence of drawn numbers, not a clock, and of those what matters.
 */
export function mftb(cpu: Cpu, below: number): number {
  return chanceBelow(cpu, below);
}
