/** One run from its order to its document, as every command that hammers does it. */

import type { Evidence } from '../evidence/evidence.js';
import type { Plan } from '../harness/plan.js';
import { runRace, type RunHooks, type RunOutcome, type Totals } from '../harness/run.js';
import { failedRun } from '../harness/runOutcome.js';
import type { Race } from '../race/defineRace.js';
import type { RunDocument } from '../report/runDocument.js';
import { ClaimWatch } from './claimWatch.js';
import { documentOf } from './runDocument.js';
import type { RunOrder } from './runOrder.js';

/** What the caller can see and do while a run goes on. */
export interface HammerHooks {
  /** The user's interrupt: ends the run, and the document says so. */
  readonly signal: AbortSignal;
  /** Called about ten times a second. */
  onProgress?(totals: Totals, seconds: number): void;
  /** Called when the run has ended, with the failures that were kept. */
  onEvidence?(evidence: readonly Evidence[]): void;
  /** Whether these counts are enough: then the run ends before its limit, which is no interruption. */
  isEnough?(totals: Totals): boolean;
}

/** Never rejects: a run that could not even begin is a harness error like one that broke. */
export async function hammer(race: Race, order: RunOrder, hooks: HammerHooks): Promise<RunDocument> {
  const { plan, durationMs, watchdogMs, claim } = order;
  const watch = claim === null ? null : new ClaimWatch(claim, plan);
  const enough = new AbortController();
  const startedMs = performance.now();
  const outcome = await runOrFail(race, plan, {
    signal: AbortSignal.any([hooks.signal, enough.signal]),
    onProgress(totals, seconds) {
      hooks.onProgress?.(totals, seconds);
      if (hooks.isEnough?.(totals) === true || watch?.isDecided(totals) === true) enough.abort();
    },
    watchdogMs,
    ...(durationMs === null ? {} : { durationMs }),
  });
  hooks.onEvidence?.(outcome.evidence);
  return documentOf(
    race,
    order,
    { ...outcome, interrupted: hooks.signal.aborted },
    { startedMs, claim: watch?.figures(outcome) ?? null },
  );
}

async function runOrFail(race: Race, plan: Plan, hooks: RunHooks): Promise<RunOutcome> {
  try {
    return await runRace(race, plan, hooks);
  } catch (error) {
    return failedRun(error);
  }
}
