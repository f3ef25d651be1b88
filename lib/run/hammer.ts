/** Performs one run, from its request to its document. Called by runs.ts, verifyRows.ts and knownRate.ts. */

import type { KnownRate } from '../statistics/power.js';
import type { Evidence } from '../evidence/evidence.js';
import type { Plan } from '../harness/plan.js';
import type { KeptThreads } from '../harness/host/keptThreads.js';
import { runRace, type RunHooks, type RunOutcome, type Totals } from '../harness/host/run.js';
import { failedRun } from '../harness/host/runOutcome.js';
import type { Race } from '../race/race.js';
import type { ClassFigures, RunDocument } from '../report/run/document.js';
import { Alternation } from './order/alternation.js';
import type { ClassMeter } from './classes.js';
import type { OrderSampler } from './order/sampledOrders.js';
import { ClaimWatch } from './claimWatch.js';
import { runDocumentOf } from './document.js';
import type { RunRequest } from './request.js';

/** What the caller sees and controls during a run. */
export interface HammerHooks {
  /** The user's interrupt: ends the run, and the document says so. */
  readonly signal: AbortSignal;
  /** Called about ten times a second. */
  onProgress?(totals: Totals, seconds: number): void;
  /** Called when the run has ended, with the failures that were kept. */
  onEvidence?(evidence: readonly Evidence[]): void;
  /** Whether these counts are enough: then the run ends before its limit, which is no interruption. */
  isEnough?(totals: Totals, seconds: number): boolean;
  /** The known rate for judging a run without failures; null if nothing is known to fail. */
  readonly known: KnownRate | null;
  /** Threads that earlier runs of the race have left. */
  readonly threads: KeptThreads;
  /** Counts the classes of orders that the run meets; figures where nothing can. */
  readonly classes?: ClassMeter | ClassFigures;
  /** Orders some of the trials that the run samples. */
  readonly sampler?: OrderSampler;
  /** Longest time until its counts are enough, if longer than the duration of the request. */
  readonly longestMs?: number;
}

/** Runs a request. Never rejects: a run that could not begin is a harness error. */
export async function hammerRequest(race: Race, request: RunRequest, hooks: HammerHooks): Promise<RunDocument> {
  const { plan, watchdogMs, claim } = request;
  const { known, longestMs = 0 } = hooks;
  const usualMs = request.durationMs ?? Infinity;
  const durationMs = Math.max(usualMs, longestMs);
  const watch = claim === null ? null : new ClaimWatch(claim, plan);
  const alternation = request.from === null ? null : new Alternation(race, plan, request.from);
  const meter = hooks.classes !== undefined && 'figures' in hooks.classes ? hooks.classes : null;
  const { sampler } = hooks;
  const look = (ms: number): void => {
    if (meter === null) sampler?.look(ms);
    else meter.look((machine, sample) => sampler?.note(machine, sample, ms));
  };
  const enough = new AbortController();
  let isLonger = false;
  const startedMs = performance.now();
  const outcome = await runOrFail(race, plan, {
    onMachines(machines) {
      alternation?.begin(machines);
      meter?.begin(machines);
      sampler?.begin(machines);
    },
    signal: hooks.signal,
    enough: enough.signal,
    onProgress(totals, seconds) {
      look(seconds * 1000);
      hooks.onProgress?.(totals, seconds);
      if (hooks.isEnough?.(totals, seconds) === true || watch?.isDecided(totals) === true) enough.abort();
      else if (seconds * 1000 >= usualMs && usualMs < durationMs) isLonger = true;
    },
    watchdogMs,
    threads: hooks.threads.lend(plan),
    ...(durationMs === Infinity ? {} : { durationMs }),
  });
  // Of a run that was stored over nothing is read again.
  if (!outcome.isSpoilt) {
    look(outcome.seconds * 1000);
    meter?.end();
    sampler?.end();
  }
  hooks.onEvidence?.(outcome.evidence);
  const classes = meter === null ? ((hooks.classes as ClassFigures | undefined) ?? null) : meter.figures();
  // A repeated run must take as long.
  const took = isLonger ? { ...request, durationMs: Math.ceil(outcome.seconds * 1000) } : request;
  return runDocumentOf(
    race,
    took,
    { ...outcome, interrupted: hooks.signal.aborted },
    { startedMs, known, claim: watch?.figures(outcome) ?? null, from: alternation?.end() ?? null, classes },
  );
}

async function runOrFail(race: Race, plan: Plan, hooks: RunHooks): Promise<RunOutcome> {
  try {
    return await runRace(race, plan, hooks);
  } catch (error) {
    return failedRun(error);
  }
}
