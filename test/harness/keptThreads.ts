/** Runs of races and replays in threads that a test file keeps. Used by tests whose subject is not how threads begin and end. */
import type { ExecutionContext } from 'ava';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';
import type { CpuThreads } from '../../lib/harness/host/pool.js';
import { runRace as runInThreads, type RunHooks, type RunOutcome } from '../../lib/harness/host/run.js';
import type { Plan } from '../../lib/harness/plan.js';
import type { Race } from '../../lib/race/race.js';

const kept = new KeptThreads();

/** As runRace of lib/harness/host. */
export async function runRace(race: Race, plan: Plan, hooks: RunHooks = {}): Promise<RunOutcome> {
  return await runInThreads(race, plan, { ...hooks, threads: kept.lend(plan) });
}

/** Lends threads for the replays and lockstep runs of a test. */
export function threadsFor(t: ExecutionContext, cpus: number): CpuThreads {
  const threads = kept.lendForReplay(cpus);
  t.teardown(() => threads.destroy());
  return threads;
}
