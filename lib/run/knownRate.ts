/** Finds the known rate by which a `run` without failures is judged. Called by runs.ts. */

import { failingBlocks } from '../statistics/counts.js';
import { countedRate, floorRate, isEnoughToDecide, mayDecideLater, type KnownRate } from '../statistics/power.js';
import { expectedFailures, type Expected } from '../statistics/verdict.js';
import { expectedOf, expectedOutcome } from '../race/expectation.js';
import type { KeptThreads } from '../harness/host/keptThreads.js';
import type { Totals } from '../harness/host/run.js';
import type { RunDocument } from '../report/run/document.js';
import type { NamedRace } from './namedRace.js';
import { hammerRequest } from './hammer.js';
import type { RunRequest } from './request.js';
import type { ViewOf } from './view.js';
import { conditionsOf, countsOf, hasFailedEnough, twinFor, usualFailure, type Twin } from './twin.js';

/** Time of the twin: a share of the run's time, and the least. Most twins fail often enough in a tenth of a second. */
const TWIN_SHARE = 0.25;
const TWIN_MS_MIN = 2000;

/** The least trials that a run makes in a time, as a share of what its twin makes in the same. */
const RUN_SHARE = 0.5;

/** Earlier runs and their requests, the user's interrupt, the view of the twin's run, and the threads that are there. */
export interface Before {
  readonly requests: readonly RunRequest[];
  readonly runs: readonly RunDocument[];
  readonly signal: AbortSignal;
  readonly view: ViewOf;
  readonly isUnread: () => boolean;
  readonly threads: KeptThreads;
}

/**
 * Returns the rate of the run's buggy twin, which is run now unless an earlier run was the same; if no twin can fail, that of the
 * race's usual failure. Null if a claim decides, or no twin may be run.
 */
export async function knownFor(chosen: NamedRace, request: RunRequest, before: Before): Promise<KnownRate | null> {
  const { race } = chosen;
  const { plan, durationMs, claim, withTwin } = request;
  if (expectedOutcome(race, plan.variant, plan.knobs, plan.memory) !== null) return floorRate(race.failsAtLeast);
  if (claim !== null || !withTwin) return null;
  const twinMs = Math.max(TWIN_MS_MIN, (durationMs ?? 0) * TWIN_SHARE);
  const own = twinFor(chosen, request, twinMs);
  const twin = own ?? usualFailure(chosen, request, twinMs);
  if (twin === null) return floorRate(race.failsAtLeast);
  const hammered = runBefore(twin, before) ?? (await hammerTwin(chosen, twin, request, before));
  return countedRate(own === null ? 'race' : 'twin', twin.name, countsOf(hammered));
}

function runBefore(twin: Twin, { requests, runs }: Before): RunDocument | undefined {
  const conditions = conditionsOf(twin.request);
  return runs.find((_, i) => conditionsOf(requests[i]) === conditions);
}

/** Hammers the twin until its failures decide the run that is judged by them, or its time is over. */
async function hammerTwin(chosen: NamedRace, twin: Twin, judged: RunRequest, before: Before): Promise<RunDocument> {
  const { race } = chosen;
  const { request, name } = twin;
  const { plan } = request;
  const expected = expectedOf(race, plan.variant, plan.knobs, plan.memory);
  const limit = { trials: Infinity, durationMs: request.durationMs ?? Infinity };
  const view = before.view(`${race.name}:${name}, the twin`, limit, 'twin');
  const document = await hammerRequest(race, request, {
    signal: before.signal,
    threads: before.threads,
    known: null,
    isEnough: (totals, seconds) =>
      before.isUnread() || (hasFailedEnough(expected.fails, totals) && saysEnough(judged, expected, totals, seconds)),
    onProgress: (totals, seconds) => view?.update(totals, seconds),
  });
  view?.end();
  return document;
}

/**
 * Whether what a twin has counted in these seconds decides a run that makes as many trials as it may, or half of the twin's in the
 * same time; or no more counts will: the run is too short. Failures that come in bursts are many before that.
 */
export function saysEnough(
  { plan, durationMs }: Pick<RunRequest, 'plan' | 'durationMs'>,
  expected: Expected,
  totals: Totals,
  seconds: number,
): boolean {
  const { trials } = totals;
  const counts = { trials, failures: expectedFailures(expected, totals), blocks: failingBlocks(totals) };
  const inTime = durationMs === null ? Infinity : (RUN_SHARE * trials * durationMs) / (1000 * seconds);
  const wanted = Math.min(plan.trials, inTime);
  return isEnoughToDecide(countedRate('twin', '', counts), wanted) || !mayDecideLater(counts, wanted);
}
