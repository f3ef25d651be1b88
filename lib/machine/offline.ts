/**
 * CPUs that are offline, in a race that has any: a word of the instance has a bit for each. Read on a CPU's thread where an interrupt is
 * sent; written by lib/kernel/cpumask.ts.
 *
 * Offline is what the mask says to those who send: such a CPU gets no interrupt that is sent from then on. What it does itself, its
 * actor says.
 */

import type { Cpu } from './cpu.js';
import { die } from './outcome.js';
import { IPI_OFFLINE } from './signatures.js';

/** CPUs that the mask has bits for. */
export const OFFLINE_CPUS_MAX = 32;

/** What becomes of an IPI to a CPU that is offline: nobody gets it, or the trial fails. */
export type OfflineIpi = 'lost' | 'refused';

/** Where the mask is in an instance, and what becomes of IPIs. */
export interface OfflineMask {
  readonly at: number;
  readonly ipi: OfflineIpi;
}

/** Returns the CPUs that are offline, by one recorded read; none, and no read, in a race without hotplug. */
export function offlineCpus(cpu: Cpu): number {
  return cpu.offline === null ? 0 : cpu.isa.read(cpu.base, cpu.instance + cpu.offline.at);
}

/** Returns those of the CPUs `low` that an IPI reaches. Kills the CPU if the race refuses to send to the others. */
export function reachedCpus(cpu: Cpu, low: number): number {
  const gone = low & offlineCpus(cpu);
  if (gone !== 0 && cpu.offline?.ipi === 'refused') {
    const first = 31 - Math.clz32(gone & -gone);
    die(cpu, IPI_OFFLINE, `IPI to CPU ${first}, which is offline`, first);
  }
  return low & ~gone;
}
