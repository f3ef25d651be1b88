/** The host's number of a thread. Called on each CPU's thread by places.ts, and on the host by what watches its threads. */

import { readlinkSync } from 'node:fs';

/** Returns the host's number of the running thread; 0 on a host without /proc. */
export function ownTid(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}
