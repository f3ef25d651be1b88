/** How many CPUs a race takes, and how many threads a host bears: the same for flags, rows of a soak and files of settings. */

import { bytesAvailable } from '../harness/host/availableMemory.js';
import { cores } from '../harness/makePlan.js';
import { CPUS_MAX } from '../harness/plan.js';
import type { Race } from '../race/race.js';
import { THREADS_MAX } from './limits.js';

/** A machine of the most CPUs runs on any host; threads beyond that share a core by so many at most, or none gets anywhere. */
const THREADS_PER_CORE_MAX = 32;
/** What a thread of a run takes, measured from 2 to 64 threads: 14.5 MB. */
const THREAD_BYTES = 16 * 2 ** 20;
/** Of what is available; the rest is for the other programs. */
const MEMORY_SHARE = 0.75;

/** What a host has for threads. */
export interface Room {
  readonly cores: number;
  /** Of memory, within the limits of the process's group. */
  readonly availableBytes: number;
}

export function roomHere(): Room {
  return { cores: cores(), availableBytes: bytesAvailable() };
}

/** The most threads that a run may have, and why. */
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
      because: `this host has ${count} ${count === 1 ? 'core' : 'cores'}, and more would not get anywhere`,
    };
  return { max: THREADS_MAX, because: 'no more streams of random numbers are told apart' };
}

/** What is wrong with this number of CPUs for the race; null if nothing is. */
export function cpusFault({ name, cpus: { min, max = CPUS_MAX } }: Race, cpus: number): string | null {
  if (cpus < min) return `must be ${min} or more: ${name} needs a CPU for each of its actors`;
  if (cpus <= max) return null;
  const machines = max === CPUS_MAX ? '' : `; --threads ${cpus - (cpus % max)} runs several machines of them`;
  return `must be ${max}${min < max ? ' or less' : ''}: ${name} has so many threads${machines}`;
}

/** What is wrong with this number of threads for machines of so many CPUs; null if nothing is. */
export function threadsFault(threads: number, cpus: number, room: Room = roomHere()): string | null {
  if (threads < cpus) return `must be ${cpus} or more: each of the ${cpus} CPUs of a machine needs a thread`;
  const { max, because } = threadLimit(room);
  return threads <= max ? null : `must be ${max} or less: ${because}`;
}
