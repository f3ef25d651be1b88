import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** What the garbage collector did in one thread while its CPU ran. */
export interface HeapFigures {
  readonly collections: number;
  /** Growth of the used heap in bytes; negative if a collection freed more than was allocated. */
  readonly growth: number;
}

/** Starts counting collections of the running thread; `stop` settles once the last one has been reported. */
export function watchGarbageCollection(): { stop(): Promise<HeapFigures> } {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  return {
    async stop() {
      const growth = process.memoryUsage().heapUsed - before;
      await setImmediate();
      observer.disconnect();
      return { collections, growth };
    },
  };
}
