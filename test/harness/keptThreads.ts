/** Runs of races and replays in threads that a test file keeps. Used by tests whose subject is not how threads begin and end. */
import type { ExecutionContext } from 'ava';
import type { CpuReport, CpuTask } from '../../lib/harness/cpu/cpuMain.js';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';
import type { CpuThreads } from '../../lib/harness/host/pool.js';
import { runRace as runInThreads, type RunHooks, type RunOutcome } from '../../lib/harness/host/run.js';
import type { Plan } from '../../lib/harness/plan.js';
import type { Race } from '../../lib/race/race.js';

/** By the number of threads, for races of two CPUs and of three follow each other in a file. */
const kept = new Map<number, KeptThreads>();

function keptFor(threads: number): KeptThreads {
  const found = kept.get(threads) ?? new KeptThreads();
  kept.set(threads, found);
  return found;
}

/** As runRace of lib/harness/host. */
export async function runRace(race: Race, plan: Plan, hooks: RunHooks = {}): Promise<RunOutcome> {
  return await runInThreads(race, plan, { ...hooks, threads: keptFor(plan.machines * plan.places).lend(plan) });
}

/** Lends threads for the replays and lockstep runs of a test. */
export function threadsFor(t: ExecutionContext, cpus: number): CpuThreads {
  const threads = replayThreads(cpus);
  t.teardown(() => threads.destroy());
  return threads;
}

/** Lends threads for replays: for each anew, so that runs between them have the same ones. */
export function replayThreads(cpus: number): CpuThreads {
  return new Relent(() => keptFor(cpus).lendForReplay(cpus));
}

/** Threads that are lent when the first task begins, and given back when none is left. */
class Relent implements CpuThreads {
  readonly #lend: () => CpuThreads;
  #lent: CpuThreads | null = null;
  #busy = 0;

  constructor(lend: () => CpuThreads) {
    this.#lend = lend;
  }

  async run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport> {
    const lent = (this.#lent ??= this.#lend());
    this.#busy++;
    try {
      return await lent.run(task, signal);
    } finally {
      this.#busy--;
      if (this.#busy === 0) await this.destroy();
    }
  }

  async goneOf(threadId: number): Promise<boolean> {
    return (await this.#lent?.goneOf(threadId)) ?? true;
  }

  async destroy(isUrgent?: boolean): Promise<void> {
    const lent = this.#lent;
    this.#lent = null;
    await lent?.destroy(isUrgent);
  }
}
