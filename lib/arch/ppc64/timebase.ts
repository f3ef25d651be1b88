import type { Cpu } from '../../machine/cpu.js';
import { CPU } from '../../machine/layout.js';

/**
 * What the kernel takes from the timebase where any value will do: which entry to evict. The first value of a trial is
 * drawn from the run's seed, the next ones follow from it.
 *
 * @kernel mftb, include/asm-powerpc/reg.h. Differs: a sequence of drawn numbers, 16 bits each, not a clock.
 */
export function mftb(cpu: Cpu): number {
  const at = cpu.block + CPU.chance;
  const next = (Math.imul(cpu.mem[at], 1664525) + 1013904223) | 0;
  cpu.mem[at] = next;
  return next >>> 16;
}
