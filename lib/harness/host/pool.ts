/** Runs CPUs on worker threads, and ends the threads. Used on the host by crew.ts and lib/harness/replay. */

import type { Piscina } from 'piscina';
import { RaceFault } from '../../race/raceFault.js';
import { sentParts } from './sentParts.js';
import type { CpuReport, CpuTask } from '../cpu/cpuMain.js';
import { takeThreads } from './cpuThreads.js';
import { guarded } from './guarded.js';
import { leaveThread } from './leftThreads.js';
import { LiveThreads } from './liveThreads.js';

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

/** How long somebody waits who is in a hurry: the threads end by themselves later, if at all. */
const URGENT_MS = 400;
const DISMISSED = 'the threads have been dismissed';

/** What a crew needs of its threads. */
export interface CpuThreads {
  /** As CpuPool.run. */
  run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport>;
  /** As CpuPool.goneOf. */
  goneOf(threadId: number): Promise<boolean>;
  /** As CpuPool.destroy. */
  destroy(isUrgent?: boolean): Promise<void>;
}

/** The threads of a run, one for each CPU of each machine. */
export class CpuPool implements CpuThreads {
  readonly #pool: Piscina;
  /** The threads that have been started and are not gone. */
  readonly #threads = new LiveThreads();
  /** Rejects when the pool has been destroyed: nobody is left to wait for a task, whatever Piscina does with it. */
  readonly #over: Promise<never>;
  #closed = false;
  #isOver = false;
  #sayOver: (why: unknown) => void = () => {};

  constructor(threads: number) {
    this.#pool = takeThreads(threads);
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
      const { own, transfer } = sentParts(task.own, task.cpu);
      const sent = transfer.length === 0 ? task : { ...task, own };
      const how = { transferList: transfer, ...(signal === undefined ? {} : { signal }) };
      const report = (await Promise.race([this.#pool.run(sent, how), this.#over])) as CpuReport;
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
    const worker = [...this.#threads].find((thread) => thread.threadId === threadId);
    if (worker === undefined) return true;
    await this.#threads.until(() => !this.#threads.has(worker) || this.#isOver);
    return !this.#threads.has(worker);
  }

  /**
   * Ends every thread, whatever it is doing; settles when they are gone, or none has ended for GONE_MS, or soon if it
   * is urgent. The others are left until the process ends (leftThreads.ts).
   */
  async destroy(isUrgent = false): Promise<void> {
    this.#closed = true;
    this.#noteThreads();
    void this.#pool.destroy();
    await this.#threads.until(() => this.#threads.size === 0, isUrgent ? URGENT_MS : Infinity);
    this.#isOver = true;
    for (const worker of this.#threads) leaveThread(worker);
    this.#sayOver(new Error(DISMISSED));
    this.#threads.look();
  }

  /** Notes the threads of the pool: it may have started some by itself, in the place of others. */
  #noteThreads(): void {
    for (const worker of this.#pool.threads) {
      if (this.#threads.has(worker)) continue;
      this.#threads.add(worker);
      const gone = (): void => {
        // In the place of a thread that was ended before, the pool starts others even when it has been destroyed.
        this.#noteThreads();
        if (this.#closed && this.#pool.threads.length > 0) void this.#pool.destroy();
      };
      worker.once(
        'exit',
        guarded(gone, (error) => this.#sayOver(error)),
      );
    }
  }
}
