import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { RaceFault } from '../race/raceFault.js';
import type { CpuReport, CpuTask } from './cpuMain.js';
import { leaveThread } from './leftThreads.js';
import { every } from './timers.js';

/** A worker that ended before its CPU was done. */
export class WorkerFailure extends Error {
  readonly machine: number;
  readonly cpu: number;

  constructor(machine: number, cpu: number, cause: unknown) {
    const what = (cause instanceof Error ? cause.message : String(cause)).replace(
      /^worker exited with code: (\d+)$/,
      'it ended with exit code $1: code of the race must not call process.exit()',
    );
    super(`worker of CPU ${cpu} on machine ${machine}: ${what}`, { cause });
    this.name = 'WorkerFailure';
    this.machine = machine;
    this.cpu = cpu;
  }
}

/** What every thread loads first. */
export const WORKER_ENTRY = new URL('../../workers/cpu.cjs', import.meta.url);

/** How long no thread may end, while threads are waited for, before the others are taken to be stuck in the kernel. */
export const GONE_MS = 1000;
const GONE_TICK_MS = 50;
const DISMISSED = 'the threads have been dismissed';

/** What a crew needs of its threads. */
export interface CpuThreads {
  /** As CpuPool.run. */
  run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport>;
  /** As CpuPool.goneOf. */
  goneOf(threadId: number): Promise<boolean>;
  /** As CpuPool.destroy. */
  destroy(): Promise<void>;
}

/** The threads of a run, one for each CPU of each machine. */
export class CpuPool implements CpuThreads {
  readonly #pool: Piscina;
  /** The threads that have been started and are not gone. */
  readonly #alive = new Set<Worker>();
  /** Called when a thread is gone, and when nobody waits for one any more. */
  readonly #listeners = new Set<() => void>();
  /** Rejects when the pool has been destroyed: nobody is left to wait for a task, whatever Piscina does with it. */
  readonly #over: Promise<never>;
  #closed = false;
  #isOver = false;
  #sayOver: (why: Error) => void = () => {};

  constructor(threads: number) {
    this.#pool = new Piscina({
      filename: WORKER_ENTRY.href,
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
    this.#pool.on('error', () => {});
    this.#noteThreads();
    this.#over = new Promise((_, reject) => {
      this.#sayOver = reject;
    });
    this.#over.catch(() => {});
  }

  /**
   * Runs one CPU to its end. Rejects with WorkerFailure if its thread throws, exits or runs out of memory, with RaceFault if
   * the race must not be run; `signal` ends the thread, and the pool starts another. Rejects at once behind `destroy`:
   * Piscina would start its threads anew.
   */
  async run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport> {
    if (this.#closed) throw new Error(DISMISSED);
    try {
      const how = { name: 'cpuMain', ...(signal === undefined ? {} : { signal }) };
      const report = (await Promise.race([this.#pool.run(task, how), this.#over])) as CpuReport;
      if (report.refused !== undefined) throw new RaceFault(report.refused);
      return report;
    } catch (cause) {
      if (this.#closed || cause instanceof RaceFault) throw cause;
      throw new WorkerFailure(task.machine, task.cpu, cause);
    }
  }

  /**
   * Settles when the worker with Node's thread number `threadId`, which is being ended, is gone: true; or when nobody waits
   * for it any longer, because it has not ended in GONE_MS or the pool is destroyed: false.
   */
  async goneOf(threadId: number): Promise<boolean> {
    this.#noteThreads();
    const worker = [...this.#alive].find((thread) => thread.threadId === threadId);
    if (worker === undefined) return true;
    await this.#until(() => !this.#alive.has(worker) || this.#isOver);
    return !this.#alive.has(worker);
  }

  /** Ends every thread, whatever it is doing; settles when they are gone, or none has ended for GONE_MS: see leftThreads.ts. */
  async destroy(): Promise<void> {
    this.#closed = true;
    this.#noteThreads();
    void this.#pool.destroy();
    await this.#until(() => this.#alive.size === 0);
    this.#isOver = true;
    for (const worker of this.#alive) leaveThread(worker);
    this.#sayOver(new Error(DISMISSED));
    this.#tell();
  }

  /** The pool may have started threads by itself, in the place of others. */
  #noteThreads(): void {
    for (const worker of this.#pool.threads) {
      if (this.#alive.has(worker)) continue;
      this.#alive.add(worker);
      // One that runs out of memory while it is ended is gone all the same.
      worker.once('exit', () => this.#noteGone(worker));
    }
  }

  #noteGone(worker: Worker): void {
    this.#alive.delete(worker);
    this.#noteThreads();
    // In the place of a thread that was ended before, the pool starts others even when it has been destroyed.
    if (this.#closed && this.#pool.threads.length > 0) void this.#pool.destroy();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Settles when the condition holds, which is looked at whenever a thread is gone; or when none has gone for GONE_MS. That is
   * counted in ticks: a process that was stopped has not waited.
   */
  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((done) => {
      let ticks = 0;
      const end = (): void => {
        timer.end();
        this.#listeners.delete(look);
        done();
      };
      const look = (): void => {
        ticks = 0;
        if (condition()) end();
      };
      const tick = (): void => {
        if (++ticks * GONE_TICK_MS >= GONE_MS) end();
      };
      const timer = every(GONE_TICK_MS, tick, end);
      this.#listeners.add(look);
    });
  }
}
