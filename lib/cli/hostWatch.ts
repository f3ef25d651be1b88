/**
 * The watch over the main thread while it is in code of a user's race: it has the timers and the signals, so a call that stays in the
 * kernel (a read of a pipe, in `configure`), or a module that loops there alone, would keep the process for ever. A thread of its own
 * looks, and ends the process.
 */

import { Worker } from 'node:worker_threads';
import { HOST_PLACE } from '../harness/host/hostPlace.js';

let watch: Worker | undefined;

/** Starts the watch, if it has not begun. It keeps no process from ending. */
export function watchHost(): void {
  watch ??= new Worker(new URL('./hostWatchThread.js', import.meta.url), { workerData: HOST_PLACE });
  watch.unref();
}
