/** Waits until ended threads are gone, but not for ever. Used on the host by pool.ts and leftThreads.ts. */

import type { Worker } from 'node:worker_threads';
import { guarded } from './guarded.js';
import { every } from './timers.js';

/** How long no thread may end, while threads are waited for, before the others are taken to be stuck in the kernel. */
export const GONE_MS = 1000;
/** The same where each of them has been waited for as long before: it is stuck, and a moment more is for a host that is slow. */
const GONE_AGAIN_MS = 300;
const TICK_MS = 50;

/** Threads that did not end while they were waited for, in any place. */
const outlasted = new WeakSet<Worker>();

/** Threads that have not ended yet, and who waits for their end. */
export class LiveThreads {
  readonly #alive = new Set<Worker>();
  /** Called when a thread is gone. */
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#alive.size;
  }

  [Symbol.iterator](): IterableIterator<Worker> {
    return this.#alive.values();
  }

  has(worker: Worker): boolean {
    return this.#alive.has(worker);
  }

  add(worker: Worker): void {
    if (this.#alive.has(worker)) return;
    this.#alive.add(worker);
    // One that runs out of memory while it is ended is gone all the same.
    const gone = (): void => {
      this.#alive.delete(worker);
      this.look();
    };
    // What a condition throws goes to those who wait for it.
    worker.once(
      'exit',
      guarded(gone, () => {}),
    );
  }

  /** Has everybody who waits look once more. */
  look(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Settles when the condition holds, which is looked at whenever a thread is gone; or when none has gone for GONE_MS, or not
   * enough of them in `mostMs`. Threads that have outlasted such a wait are not waited for as long again: a run, a soak and the
   * end of the process would each do so. Time is counted in ticks: a process that was stopped has not waited.
   */
  async until(condition: () => boolean, mostMs = Infinity): Promise<void> {
    if (condition()) return;
    const goneMs = [...this.#alive].every((worker) => outlasted.has(worker)) ? GONE_AGAIN_MS : GONE_MS;
    await new Promise<void>((done, failed) => {
      let [ticks, stillTicks] = [0, 0];
      const leave = (): void => {
        timer.end();
        this.#listeners.delete(look);
      };
      const end = (): void => {
        leave();
        done();
      };
      const refuse = (error: unknown): void => {
        leave();
        failed(error);
      };
      const look = guarded(() => {
        stillTicks = 0;
        if (condition()) end();
      }, refuse);
      const tick = (): void => {
        if (++stillTicks * TICK_MS >= goneMs) {
          for (const worker of this.#alive) outlasted.add(worker);
          end();
        } else if (++ticks * TICK_MS >= mostMs) end();
      };
      const timer = every(TICK_MS, tick, refuse);
      this.#listeners.add(look);
    });
  }
}
