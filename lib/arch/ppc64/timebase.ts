/** The timebase register. Called on a CPU's thread by hashPage.ts and hpte.ts. */

import { nextChance } from '../../machine/chance.js';
import type { Cpu } from '../../machine/cpu.js';

/**
 * Returns what the kernel takes from the timebase where any value will do: which entry to evict.
 *
 * @kernel mftb, include/asm-powerpc/reg.h. Differs: a sequence of drawn numbers, 16 bits each, not a clock.
 */
export function mftb(cpu: Cpu): number {
  return nextChance(cpu);
}
