import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** Trials after which a CPU counts as warmed up: its code is compiled and its heap at rest. */
export const WARM_UP_TRIALS = 100_000;

/** What the garbage collector did in one thread once its CPU had warmed up. */
export interface HeapFigures {
  /** Collections since then. */
  readonly collections: number;
}

/** Starts watching collections of the running thread; `stop` settles once the last one has been reported. */
export function watchGarbageCollection(): { stop(warmAtMs: number): Promise<HeapFigures> } {
  const starts: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) starts.push(entry.startTime);
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    async stop(warmAtMs) {
      const end = performance.now();
      await setImmediate();
      observer.disconnect();
      return { collections: starts.filter((ms) => ms >= warmAtMs && ms <= end).length };
    },
  };
}
