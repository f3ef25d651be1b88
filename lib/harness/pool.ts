import { Piscina } from 'piscina';
import type { CpuReport, CpuTask } from './cpuMain.js';

/** A worker that ended before its CPU was done. */
export class WorkerFailure extends Error {
  readonly machine: number;
  readonly cpu: number;

  constructor(machine: number, cpu: number, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super(`worker of CPU ${cpu} on machine ${machine}: ${what}`, { cause });
    this.name = 'WorkerFailure';
    this.machine = machine;
    this.cpu = cpu;
  }
}

/** What every thread loads first. */
export const WORKER_ENTRY = new URL('../../workers/cpu.cjs', import.meta.url);

/** The threads of a run, one for each CPU of each machine. */
export class CpuPool {
  readonly #pool: Piscina;
  #closed = false;

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
  }

  /**
   * Runs one CPU to its end. Rejects with WorkerFailure if its thread throws, exits or runs out of memory; `signal` ends
   * the thread, and the pool starts another.
   */
  async run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport> {
    try {
      const how = { name: 'cpuMain', ...(signal === undefined ? {} : { signal }) };
      return (await this.#pool.run(task, how)) as CpuReport;
    } catch (cause) {
      if (this.#closed) throw cause;
      throw new WorkerFailure(task.machine, task.cpu, cause);
    }
  }

  /** Settles when the worker with Node's thread number `threadId` is gone. */
  async goneOf(threadId: number): Promise<void> {
    const worker = this.#pool.threads.find((thread) => thread.threadId === threadId);
    if (worker === undefined) return;
    // Not by events.once: one that runs out of memory while it is ended is gone all the same.
    await new Promise<void>((gone) => worker.once('exit', () => gone()));
  }

  /** Ends every thread, whatever it is doing; settles when they are gone. */
  async destroy(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }
}
