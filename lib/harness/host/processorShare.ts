/** Sums up the CPU time of a run's threads. Called on the host by lib/harness/watch/supervise.ts. */

import type { HostMachine } from './machine.js';
import { processorTime, type ProcessorTime } from './threadTime.js';

/**
 * How much CPU time the threads of a run have had, and how long they have waited for it, by the host's own account.
 * supervise.ts looks when the CPUs have begun, now and then, and when they end. A thread that sleeps waits for none.
 */
export class ProcessorShare {
  readonly #machines: readonly HostMachine[];
  readonly #first = new Map<number, ProcessorTime>();
  readonly #last = new Map<number, ProcessorTime>();

  constructor(machines: readonly HostMachine[]) {
    this.#machines = machines;
  }

  /** Reads the time of all threads. One that is replaced counts up to the last reading. */
  look(): void {
    for (const tid of this.#machines.flatMap((machine) => machine.tids())) {
      const time = processorTime(tid);
      if (time === null) continue;
      if (!this.#first.has(tid)) this.#first.set(tid, time);
      this.#last.set(tid, time);
    }
  }

  /** Returns the time of all threads together; null where the host does not tell, or nothing has run. */
  time(): ProcessorTime | null {
    let ranMs = 0;
    let waitedMs = 0;
    for (const [tid, first] of this.#first) {
      const last = this.#last.get(tid) ?? first;
      ranMs += last.ranMs - first.ranMs;
      waitedMs += last.waitedMs - first.waitedMs;
    }
    return ranMs + waitedMs > 0 ? { ranMs, waitedMs } : null;
  }
}

/** Returns the share that the threads have had of the CPU time that they wanted, from 0 to 1; null where it is not known. */
export function shareOf(time: ProcessorTime | null): number | null {
  return time === null ? null : time.ranMs / (time.ranMs + time.waitedMs);
}
