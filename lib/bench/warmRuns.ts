/**
 * Runs whose code is compiled: the threads of a setting are kept from one run to the next, and the first run of each does not count.
 * Used by the parts of the bench that compare two settings, lockdep.ts and evidence.ts: a thread compiles for as long as their runs last, and
 * two threads that compile at other times differ by more than the settings do.
 */

import { KeptThreads } from '../harness/host/keptThreads.js';
import type { LoadedRace } from '../harness/host/loadRace.js';
import { makePlan, type PlanRequest } from '../harness/makePlan.js';
import { runRace } from '../harness/host/run.js';

/** Shortest time of the first run of a setting, in trials and in time: code is optimised by how often it has run. */
const WARM_UP_TRIALS = 100_000;
const WARM_UP_MS_MAX = 3000;

export class WarmRuns {
  readonly #warmUpTrials: number;
  readonly #threads = new Map<string, KeptThreads>();

  constructor(warmUpTrials = WARM_UP_TRIALS) {
    this.#warmUpTrials = warmUpTrials;
  }

  /** Returns trials per second of a run of `ms`, on the threads of the setting with this name. Throws Error if the harness fails. */
  async trialsPerSecond(name: string, loaded: LoadedRace, request: PlanRequest, ms: number): Promise<number> {
    let kept = this.#threads.get(name);
    if (kept === undefined) {
      this.#threads.set(name, (kept = new KeptThreads()));
      await rate(kept, loaded, { ...request, trials: this.#warmUpTrials }, WARM_UP_MS_MAX);
    }
    return rate(kept, loaded, request, ms);
  }

  /** Ends all threads. */
  async end(): Promise<void> {
    await Promise.all(Array.from(this.#threads.values(), (kept) => kept.end()));
  }
}

async function rate(kept: KeptThreads, loaded: LoadedRace, request: PlanRequest, ms: number): Promise<number> {
  const plan = makePlan(loaded, request);
  const outcome = await runRace(loaded.race, plan, { durationMs: ms, threads: kept.lend(plan) });
  if (outcome.harnessError !== null)
    throw new Error(`${loaded.race.name}:${plan.variant} did not run: ${outcome.harnessError}`);
  return outcome.trials / outcome.seconds;
}
