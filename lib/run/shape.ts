/** Limits of CPUs and threads, and of memory models. Called for options, rows of a soak and files of settings alike. */

import { bytesAvailable } from '../harness/host/availableMemory.js';
import { cores } from '../harness/makePlan.js';
import { CPUS_MAX } from '../harness/plan.js';
import type { MemoryModel } from '../machine/memoryModel.js';
import type { Race } from '../race/race.js';
import { THREADS_MAX } from './limits.js';

/** Most threads per core beyond a machine of CPUS_MAX, which runs on any host; with more, no thread makes progress. */
const THREADS_PER_CORE_MAX = 32;
/** Memory of a thread; 14.5 MB was measured with 2 to 64 threads. */
const THREAD_BYTES = 16 * 2 ** 20;
/** Share of the available memory that threads may take. */
const MEMORY_SHARE = 0.75;

/** Resources of the host for threads. */
export interface Room {
  readonly cores: number;
  /** Memory, within the limits of the cgroup. */
  readonly availableBytes: number;
}

export function roomHere(): Room {
  return { cores: cores(), availableBytes: bytesAvailable() };
}

/** Returns the most threads that a run may have, and why. */
export function threadLimit({ cores: count, availableBytes }: Room): {
  readonly max: number;
  readonly because: string;
} {
  const memory = Math.floor((MEMORY_SHARE * availableBytes) / THREAD_BYTES);
  const crowd = Math.max(CPUS_MAX, THREADS_PER_CORE_MAX * count);
  if (memory < Math.min(crowd, THREADS_MAX)) {
    const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
    return {
      max: memory,
      because: `a thread takes ${mib(THREAD_BYTES)} of the ${mib(availableBytes)} that are available`,
    };
  }
  if (crowd < THREADS_MAX)
    return {
      max: crowd,
      because: `this host has ${count} ${count === 1 ? 'core' : 'cores'}, and with more no thread makes progress`,
    };
  return { max: THREADS_MAX, because: 'there are no more streams of random numbers' };
}

/** Says what is wrong with this number of CPUs for the race; null if nothing is. */
export function cpusFault(race: Race, cpus: number): string | null {
  const { name } = race;
  const { min, max = CPUS_MAX } = race.cpus;
  if (race.kind === 'actors' && race.tasks !== null && (cpus < min || cpus > max))
    return `must be ${min === max ? min : `from ${min} to ${max}`}: each CPU of ${name} needs a task that may run on it, and each task its CPU`;
  if (cpus < min) return `must be ${min} or more: ${name} needs a CPU for each of its actors`;
  if (cpus <= max) return null;
  const machines = max === CPUS_MAX ? '' : `; --threads ${cpus - (cpus % max)} runs several machines of them`;
  return `must be ${max}${min < max ? ' or less' : ''}: ${name} has so many threads${machines}`;
}

/**
 * Says what is wrong with this number of threads for machines with this number of CPUs; null if nothing is. Where tasks outnumber CPUs
 * a machine has as many threads as `places`.
 */
export function threadsFault(threads: number, cpus: number, room: Room = roomHere(), places = cpus): string | null {
  if (threads < cpus) return `must be ${cpus} or more: each of the ${cpus} CPUs of a machine needs a thread`;
  const { max, because } = threadLimit(room);
  const running = places === cpus ? threads : Math.floor(threads / cpus) * places;
  if (places !== cpus && running > max)
    return `makes ${running} threads, one for each of the ${places} tasks of a machine, and ${max} are possible: ${because}`;
  return threads <= max ? null : `must be ${max} or less: ${because}`;
}

/** Says what is wrong with this memory model for the race; null if nothing is. */
export function memoryFault({ name, kind }: Race, memory: MemoryModel): string | null {
  if (kind === 'actors' || memory === 'sc') return null;
  return `${name} is a litmus race: its threads access the memory of the host, as that orders it`;
}
