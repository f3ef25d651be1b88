import { readFileSync, readdirSync } from 'node:fs';
import { every, type Timer } from '../harness/host/timers.js';

const TICK_MS = 50;

/**
 * For how long a process had a thread that wanted a processor and got none, by the host's account: what it took longer for that is no
 * fault of its own. 0 where the host keeps no such account.
 */
export class StarvedTime {
  /** Milliseconds up to now. */
  ms = 0;
  readonly #tasks: string;
  readonly #timer: Timer;
  /** Nanoseconds that each thread has waited, by the host's number of it. */
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
