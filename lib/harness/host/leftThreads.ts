/**
 * Keeps count of ended threads that are no longer waited for. Noted by pool.ts and rehearsal.ts; lib/cli/ending.ts asks
 * before it ends the process.
 */

import type { Worker } from 'node:worker_threads';
import { LiveThreads } from './liveThreads.js';

/**
 * The threads of this process that were ended and that nobody waits for: they take long, or are in a system call that
 * does not return. Node waits for such a thread when the process ends, so lib/cli/ending.ts asks here first.
 */
const left = new LiveThreads();

/** Notes a thread that is not waited for any longer. */
export function leaveThread(worker: Worker): void {
  left.add(worker);
}

/** Returns how many such threads there are. */
export function threadsLeft(): number {
  return left.size;
}

/** Waits for them as long as one after the other ends. */
export async function leftThreadsGone(): Promise<void> {
  await left.until(() => left.size === 0);
}
