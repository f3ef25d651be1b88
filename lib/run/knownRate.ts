/** What no failure of a `run` is judged against. */

import { countedRate, floorRate, type KnownRate } from '../statistics/power.js';
import { expectedOutcome } from '../race/expectation.js';
import type { RunDocument } from '../report/runDocument.js';
import type { NamedRace } from './namedRace.js';
import { hammer } from './hammer.js';
import type { RunOrder } from './request.js';
import type { ViewOf } from './view.js';
import { conditionsOf, countsOf, hasFailedEnough, twinFor, usualFailure, type Twin } from './twin.js';

/** What the twin of a run has of the run's time, and at least. Most twins have failed often enough in a tenth of a second. */
const TWIN_SHARE = 0.25;
const TWIN_MS_MIN = 2000;

/** What has been run before, by which orders; the user's interrupt; and who looks at the twin while it is hammered. */
export interface Before {
  readonly orders: readonly RunOrder[];
  readonly runs: readonly RunDocument[];
  readonly signal: AbortSignal;
  readonly view: ViewOf;
  readonly isUnread: () => boolean;
}

/**
 * The rate of the run's buggy twin, which is hammered now unless one of the runs before was that; where no twin can fail, that of
 * the race's usual failure. Null if a claim decides, or nothing is to be hammered.
 */
export async function knownFor(chosen: NamedRace, order: RunOrder, before: Before): Promise<KnownRate | null> {
  const { race } = chosen;
  const { plan, durationMs, claim, withTwin } = order;
  if (expectedOutcome(race, plan.variant, plan.knobs) !== null) return floorRate(race.failsAtLeast);
  if (claim !== null || !withTwin) return null;
  const twinMs = Math.max(TWIN_MS_MIN, (durationMs ?? 0) * TWIN_SHARE);
  const own = twinFor(chosen, order, twinMs);
  const twin = own ?? usualFailure(chosen, order, twinMs);
  if (twin === null) return floorRate(race.failsAtLeast);
  const hammered = runBefore(twin, before) ?? (await hammerTwin(chosen, twin, before));
  return countedRate(own === null ? 'race' : 'twin', twin.name, countsOf(hammered));
}

function runBefore(twin: Twin, { orders, runs }: Before): RunDocument | undefined {
  const conditions = conditionsOf(twin.order);
  return runs.find((_, i) => conditionsOf(orders[i]) === conditions);
}

async function hammerTwin(chosen: NamedRace, { order, name }: Twin, before: Before): Promise<RunDocument> {
  const { race } = chosen;
  const expected = expectedOutcome(race, order.plan.variant, order.plan.knobs);
  const limit = { trials: Infinity, durationMs: order.durationMs ?? Infinity };
  const view = before.view(`${race.name}:${name}, the twin`, limit);
  const document = await hammer(race, order, {
    signal: before.signal,
    known: null,
    isEnough: (totals) => before.isUnread() || hasFailedEnough(expected, totals),
    onProgress: (totals, seconds) => view?.update(totals, seconds),
  });
  view?.end();
  return document;
}
