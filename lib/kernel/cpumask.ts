/**
 * Masks of CPUs as the kernel makes them. Called on a CPU's thread by races, smp.ts and lib/mm/invalidateVectors.ts.
 */

import type { Cpu } from '../machine/cpu.js';

/**
 * Returns the CPUs that the machine has: bit b is CPU b.
 *
 * @kernel cpu_online_mask, include/linux/cpumask.h. Differs: one word, so the first 32 CPUs.
 */
export function cpu_online_mask(cpu: Cpu): number {
  return cpu.cpus >= 32 ? -1 : (1 << cpu.cpus) - 1;
}

/**
 * Returns the mask that has CPU `id` alone; empty for a CPU that a mask has no bit for.
 *
 * @kernel cpumask_of, include/linux/cpumask.h. Differs: one word, so the first 32 CPUs.
 */
export function cpumask_of(id: number): number {
  return id >= 0 && id < 32 ? 1 << id : 0;
}
