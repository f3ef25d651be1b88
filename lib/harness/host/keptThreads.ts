/**
 * Keeps the threads of a run for the next one: to start them takes longer than many runs do. Used on the host by lib/run,
 * which makes one for the runs of a race.
 */

import { isInstrumented } from '../../instrument/marked.js';
import type { CpuReport, CpuTask } from '../cpu/cpuMain.js';
import type { Crowd } from '../plan.js';
import { CpuPool, type CpuThreads } from './pool.js';

/** A pool that nobody uses at the moment. */
interface IdlePool {
  readonly pool: CpuPool;
  readonly threads: number;
  /** The runs that it fits: their threads are bound to the same cores. */
  readonly crowd: string;
  /** Whether its threads have run instrumented code: a CommonJS module stays in a thread as it was loaded first. */
  readonly isInstrumented: boolean;
}

type Wanted = Pick<IdlePool, 'threads' | 'crowd'>;

/** Lends threads to one run after another. Only those that were used last are kept. */
export class KeptThreads {
  #idle: IdlePool | null = null;
  #isOver = false;

  /** Lends threads for a run with this plan. Their `destroy` gives them back, unless one has failed or is still busy. */
  lend(plan: Omit<Crowd, 'cores'>): CpuThreads {
    const threads = plan.machines * plan.places;
    const crowd = `${plan.machines} ${plan.places} ${plan.bindCores}`;
    return this.#lent((idle) => idle.crowd === crowd, { threads, crowd });
  }

  /** Lends threads for replays of one machine, which may run on any cores. */
  lendForReplay(cpus: number): CpuThreads {
    return this.#lent(({ threads }) => threads >= cpus, { threads: cpus, crowd: 'replay' });
  }

  /** Ends the threads that are idle, and the others when they are given back. */
  async end(isUrgent = false): Promise<void> {
    this.#isOver = true;
    const idle = this.#idle;
    this.#idle = null;
    await idle?.pool.destroy(isUrgent);
  }

  #lent(fits: (idle: IdlePool) => boolean, wanted: Wanted): CpuThreads {
    return new LentThreads(
      (ofInstrumented) =>
        this.#take((idle) => fits(idle) && idle.isInstrumented === ofInstrumented, {
          ...wanted,
          isInstrumented: ofInstrumented,
        }),
      (pool, isUrgent) => this.#takeBack(pool, isUrgent),
    );
  }

  #take(fits: (idle: IdlePool) => boolean, wanted: Omit<IdlePool, 'pool'>): Taken {
    const idle = this.#idle;
    this.#idle = null;
    if (idle !== null && fits(idle)) return { ...idle, ready: undefined };
    return { ...wanted, pool: new CpuPool(wanted.threads), ready: idle?.pool.destroy() };
  }

  async #takeBack(pool: IdlePool, isUrgent: boolean): Promise<void> {
    const before = this.#isOver ? pool : this.#idle;
    if (!this.#isOver) this.#idle = pool;
    await before?.pool.destroy(isUrgent);
  }
}

interface Taken extends IdlePool {
  /** Settles when the threads that these replace are gone. */
  readonly ready: Promise<void> | undefined;
}

/** Threads that are taken when the first CPU runs: a run that cannot begin needs none. */
class LentThreads implements CpuThreads {
  readonly #take: (ofInstrumented: boolean) => Taken;
  readonly #giveBack: (pool: IdlePool, isUrgent: boolean) => Promise<void>;
  #taken: Taken | null = null;
  #isWhole = true;
  #busy = 0;
  #isOver = false;

  constructor(
    take: (ofInstrumented: boolean) => Taken,
    giveBack: (pool: IdlePool, isUrgent: boolean) => Promise<void>,
  ) {
    this.#take = take;
    this.#giveBack = giveBack;
  }

  async run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport> {
    if (this.#isOver) throw new Error('the threads have been given back');
    const { pool, ready } = (this.#taken ??= this.#take(isInstrumented(task.plan.raceUrl)));
    this.#busy++;
    try {
      await ready;
      return await pool.run(task, signal);
    } catch (error) {
      // In the place of a thread that was ended on purpose the pool starts another.
      if (signal?.aborted !== true) this.#isWhole = false;
      throw error;
    } finally {
      this.#busy--;
    }
  }

  async goneOf(threadId: number): Promise<boolean> {
    const isGone = (await this.#taken?.pool.goneOf(threadId)) ?? true;
    if (!isGone) this.#isWhole = false;
    return isGone;
  }

  async destroy(isUrgent = false): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#taken === null) return;
    if (this.#isWhole && this.#busy === 0) await this.#giveBack(this.#taken, isUrgent);
    else await this.#taken.pool.destroy(isUrgent);
  }
}
