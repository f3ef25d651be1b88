/**
 * Masks of CPUs as the kernel makes them. Called on a CPU's thread by races, smp.ts and lib/mm/invalidateVectors.ts.
 */

import type { Cpu } from '../machine/cpu.js';
import { atomic_fetch_and, atomic_fetch_or } from '../machine/access.js';
import { checkCount, checkFlag } from '../machine/given.js';
import { offlineCpus } from '../machine/offline.js';

/**
 * Returns the CPUs that are online: bit b is CPU b. All that the machine has, but for those of a race with hotplug.
 *
 * @kernel cpu_online_mask, include/linux/cpumask.h. Differs: one word, so the first 32 CPUs.
 */
export function cpu_online_mask(cpu: Cpu): number {
  return (cpu.cpus >= 32 ? -1 : (1 << cpu.cpus) - 1) & ~offlineCpus(cpu);
}

/**
 * Returns the mask that has CPU `id` alone; empty for a CPU that a mask has no bit for.
 *
 * @kernel cpumask_of, include/linux/cpumask.h. Differs: one word, so the first 32 CPUs.
 */
export function cpumask_of(id: number): number {
  return id >= 0 && id < 32 ? 1 << id : 0;
}

/**
 * @kernel cpu_online, include/linux/cpumask.h
 */
export function cpu_online(cpu: Cpu, id: number): boolean {
  if (!Number.isFinite(id)) checkCount('cpu_online: id', id, 0);
  if (!(Number.isInteger(id) && id >= 0 && id < cpu.cpus)) return false;
  return cpu.offline === null || (cpu_online_mask(cpu) & cpumask_of(id)) !== 0;
}

/**
 * Says to all CPUs that one is online, or is not any more: then it gets no interrupt that is sent from here on.
 *
 * @kernel set_cpu_online, include/linux/cpumask.h. Differs: needs a race that declares `hotplug`, which has 32 CPUs at most.
 */
export function set_cpu_online(cpu: Cpu, id: number, online: boolean): void {
  if (cpu.offline === null)
    throw new RangeError('set_cpu_online: the race declares no hotplug, so all CPUs are online');
  if (!Number.isInteger(id) || id < 0 || id >= cpu.cpus)
    throw new RangeError(`set_cpu_online of CPU ${String(id)}: the machine has CPUs 0 to ${cpu.cpus - 1}`);
  checkFlag('set_cpu_online: online', online);
  const at = cpu.instance + cpu.offline.at;
  if (online) atomic_fetch_and(cpu, at, ~(1 << id));
  else atomic_fetch_or(cpu, at, 1 << id);
}
