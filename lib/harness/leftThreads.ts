import type { Worker } from 'node:worker_threads';

/**
 * The threads of this process that were ended and did not end: they are in a system call that does not return. Node waits
 * for such a thread when the process ends, so whoever ends the process asks here first.
 */
const left = new Set<Worker>();

/** Notes a thread that is not waited for any longer. */
export function leaveThread(worker: Worker): void {
  left.add(worker);
  worker.once('exit', () => left.delete(worker));
}

/** How many such threads there are. */
export function threadsLeft(): number {
  return left.size;
}
