/** How much memory the host has left for threads: the limit of their number (lib/run/shape.ts) and a fact of `doctor`. */

import { freemem } from 'node:os';

/** What a host tells. */
export interface MemoryReader {
  /** Within the limits of the process's group; 0 on a host without /proc. */
  readonly available: () => number;
  readonly free: () => number;
}

const HERE: MemoryReader = { available: () => process.availableMemory(), free: freemem };

/** Returns bytes. Where the host does not say what is available, what is free is: that is less. */
export function bytesAvailable({ available, free }: MemoryReader = HERE): number {
  return available() || free();
}
