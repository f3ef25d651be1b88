/** Measures how long a process had to wait for a core. Used by hostile.ts. */

import { readFileSync, readdirSync } from 'node:fs';
import { every, type Timer } from '../harness/host/timers.js';

const TICK_MS = 50;

/**
 * Adds up the time in which a process had a thread that waited for a core, by the accounts of the host. 0 if the host keeps none.
 */
export class StarvedTime {
  /** Milliseconds up to now. */
  ms = 0;
  readonly #tasks: string;
  readonly #timer: Timer;
  /** Nanoseconds that each thread has waited, by thread id. */
  #waited = new Map<string, number>();

  constructor(pid: number | undefined) {
    this.#tasks = `/proc/${pid}/task`;
    this.#timer = every(
      TICK_MS,
      () => this.#tick(),
      () => this.end(),
    );
  }

  end(): void {
    this.#timer.end();
  }

  /** Threads that wait at the same time count once. */
  #tick(): void {
    const before = this.#waited;
    this.#waited = new Map(this.#threads().map((tid) => [tid, this.#waitedNs(tid)]));
    const longestNs = Math.max(0, ...[...this.#waited].map(([tid, ns]) => ns - (before.get(tid) ?? 0)));
    this.ms += Math.min(TICK_MS, longestNs / 1e6);
  }

  #threads(): string[] {
    try {
      return readdirSync(this.#tasks);
    } catch {
      return [];
    }
  }

  #waitedNs(tid: string): number {
    try {
      return Number(/^\d+ (\d+)/.exec(readFileSync(`${this.#tasks}/${tid}/schedstat`, 'latin1'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  }
}
