/**
 * A host with so many cores that runs the threads of one machine in slices of 3 ms, one after the other, and keeps the accounts of
 * them that Linux keeps. Time goes on when the test says so.
 */
import { PROGRESS } from '../../lib/machine/layout.js';
import type { ThreadLook } from '../../lib/harness/host/threadTime.js';
import type { ThreadAccounts } from '../../lib/harness/watch/trialClock.js';
import { LINE_WORDS } from '../../lib/sharedarraybuffer-utils/index.js';

const SLICE_MS = 3;

export interface MadeUpThread {
  /** Milliseconds of processor that it still wants; Infinity for one that never ends; 0 for one that sleeps. */
  wants: number;
  ranMs: number;
  waitedMs: number;
  /** What it has waited since it last had a processor: the host adds that to its account when it runs again. */
  queuedMs: number;
  /** Whether it gets none, whatever it wants. */
  isHeld: boolean;
  /** Called when it has had what it wanted. */
  onDone: () => void;
}

export class MadeUpHost implements ThreadAccounts {
  readonly threads: readonly MadeUpThread[];
  readonly #cores: number;
  /** Whether it tells what each thread does. */
  readonly #tells: boolean;
  #queue: MadeUpThread[] = [];
  #ms = 0;

  /** The threads say who they are in the memory of their machine. */
  constructor(mem: Int32Array, progress: number, threads: number, cores = 2, tells = true) {
    this.#cores = cores;
    this.#tells = tells;
    this.threads = Array.from({ length: threads }, (_, i) => {
      mem[progress + i * LINE_WORDS + PROGRESS.tid] = 1000 + i;
      mem[progress + i * LINE_WORDS + PROGRESS.threadId] = 1 + i;
      return { wants: 0, ranMs: 0, waitedMs: 0, queuedMs: 0, isHeld: false, onDone() {} };
    });
  }

  /** `busy`: cores that other processes keep meanwhile. */
  pass(ms: number, busy = 0): void {
    for (let i = 0; i < ms; i++) this.#millisecond(Math.max(0, this.#cores - busy));
  }

  #millisecond(cores: number): void {
    const wanting = this.threads.filter(({ wants, isHeld }) => wants > 0 && !isHeld);
    for (const thread of this.threads) if (thread.isHeld && thread.wants > 0) thread.queuedMs++;
    this.#queue = [
      ...this.#queue.filter((thread) => thread.wants > 0 && !thread.isHeld),
      ...wanting.filter((thread) => !this.#queue.includes(thread)),
    ];
    if (this.#ms++ % SLICE_MS === 0) this.#queue.push(...this.#queue.splice(0, cores));
    for (const [i, thread] of this.#queue.entries()) {
      if (i >= cores) thread.queuedMs++;
      else this.#run(thread);
    }
  }

  #run(thread: MadeUpThread): void {
    thread.waitedMs += thread.queuedMs;
    thread.queuedMs = 0;
    thread.ranMs++;
    thread.wants--;
    if (thread.wants === 0) thread.onDone();
  }

  look(tid: number): ThreadLook | null {
    if (!this.#tells) return null;
    const { ranMs, waitedMs, wants } = this.threads[tid - 1000];
    return { ranMs, waitedMs, isAsleep: wants === 0 };
  }

  processMs(): number {
    return this.threads.reduce((sum, { ranMs }) => sum + ranMs, 0);
  }
}
