/**
 * Starts the worker threads that become CPUs. Called by pool.ts, and by lib/cli/main.ts before the command is loaded: meanwhile the
 * threads load the harness. It imports nothing of ours, so that nothing is loaded before that.
 */

import { Piscina } from 'piscina';

/** What every thread loads first. */
export const WORKER_ENTRY: URL = new URL('../../../workers/cpu.cjs', import.meta.url);

/** Threads that were started before anybody asked for them. */
let early: { readonly pool: Piscina; readonly threads: number } | null = null;

/** Starts threads that the first pool of this size takes. If it has another size, they are ended. */
export function startEarly(threads: number): void {
  early ??= { pool: startThreads(threads), threads };
}

/** Returns a pool of so many threads that nobody else has: those that were started early, if they are as many. */
export function takeThreads(threads: number): Piscina {
  const found = early;
  early = null;
  if (found?.threads === threads) return found.pool;
  void found?.pool.destroy();
  return startThreads(threads);
}

function startThreads(threads: number): Piscina {
  const pool = new Piscina({
    filename: WORKER_ENTRY.href,
    // Without it a thread looks for another export when it starts, and loads the entry a second time for that.
    name: 'cpuMain',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    maxQueue: 0,
    // A worker that sleeps in Atomics.wait between tasks could be neither debugged nor asked for its stack.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  // Without a listener the pool's own errors would end the process; each one also rejects its task.
  pool.on('error', () => {});
  return pool;
}
