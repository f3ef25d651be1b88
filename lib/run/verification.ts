/**
 * Decides the order and the time of the rows of a verification. Called by verifyRows.ts. Rows that should fail run first, since the
 * others are judged by their rates. Rows that end early leave their time to those that are not decided.
 */

import { NO_COUNTS, plus, type FailureCounts } from '../statistics/counts.js';
import { countedRate, floorRate, isEnoughToDecide, type KnownRate } from '../statistics/power.js';
import type { Totals } from '../harness/host/run.js';
import { expectedOutcome } from '../race/expectation.js';
import type { RunDocument } from '../report/run/document.js';
import type { RowDocument } from '../report/verify/document.js';
import type { RunOrder } from './request.js';
import { conditionsOf, countsOf, hasFailedEnough, type Twin } from './twin.js';
import type { VerifyOrder } from './rows.js';

/** The limits of one run of a row. */
export interface RowTime {
  readonly known: KnownRate | null;
  /** Longest time; the run ends earlier when its counts are enough. */
  readonly longestMs: number;
  readonly isEnough: (totals: Pick<Totals, 'trials' | 'failures' | 'outcomes'>, seconds: number) => boolean;
}

/** Runs a row once, or its twin. */
export type HammerRow = (row: VerifyOrder, order: RunOrder, time: RowTime, twin: Twin | null) => Promise<RunDocument>;

/** Additional budgets for a row that is not decided, whatever the others leave. */
const MORE_BUDGETS = 3;
/** Most additional budgets from the time that others leave, of which it takes at most half. */
const MORE_BUDGETS_MAX = 12;
/** A twin with fewer failures runs beyond its budget, since few failures prove only a low rate. */
const TWIN_FAILURES = 10;

/** One verification, row by row. */
export class Verification {
  readonly #isOver: () => boolean;
  readonly #hammer: HammerRow;
  /** Milliseconds that rows have left over. */
  #leftMs = 0;
  /** Rates by their conditions, and by their race for rows that have no twin. */
  readonly #rates = new Map<string, KnownRate>();
  readonly #least = new Map<string, KnownRate>();

  /** `isOver`: whether no further row may begin. */
  constructor(isOver: () => boolean, hammer: HammerRow) {
    this.#isOver = isOver;
    this.#hammer = hammer;
  }

  /** Returns the results in the order of `rows`; undefined for rows that an interrupt left out. Calls `onEnd` once for each. */
  async run(
    rows: readonly VerifyOrder[],
    onEnd: (row: VerifyOrder, document: RowDocument) => void,
  ): Promise<(RowDocument | undefined)[]> {
    const done = new Map<VerifyOrder, RowDocument>();
    const end = (row: VerifyOrder, document: RowDocument): void => {
      done.set(row, document);
      onEnd(row, document);
    };
    const missed: [VerifyOrder, RunDocument][] = [];
    const failing = rows.filter((row) => expectedOf(row.order, row) !== null);
    for (const row of failing) {
      if (this.#isOver()) break;
      const document = await this.#first(row);
      if (document === undefined) break;
      if (hasNotShown(document)) missed.push([row, document]);
      else end(row, { ...document, row: row.row, firstTry: null });
    }
    for (const [row, first] of missed) end(row, await this.#second(row, first));
    for (const row of rows.filter((one) => !failing.includes(one))) {
      if (this.#isOver()) break;
      const document = await this.#hold(row);
      if (document === undefined) break;
      end(row, { ...document, row: row.row, firstTry: null });
    }
    return rows.map((row) => done.get(row));
  }

  /** Runs a row that should fail, within its budget. */
  async #first(row: VerifyOrder): Promise<RunDocument | undefined> {
    this.#leftMs += budgetOf(row);
    const expected = expectedOf(row.order, row);
    const document = await this.#hammered(row, row.order, {
      known: floorRate(row.race.failsAtLeast),
      longestMs: budgetOf(row),
      isEnough: (totals) => hasFailedEnough(expected, totals),
    });
    if (document !== undefined) this.#learn(row, row.order, nameOf(row), countsOf(document));
    return document;
  }

  /** Runs a row that did not fail as it should once more, longer and with other delays. */
  async #second(row: VerifyOrder, first: RunDocument): Promise<RowDocument> {
    const alone = { ...first, row: row.row, firstTry: null };
    if (this.#isOver()) return alone;
    const expected = expectedOf(row.order, row);
    const order = secondTry(row.order);
    const known = floorRate(row.race.failsAtLeast);
    const second = await this.#hammered(row, order, {
      known,
      longestMs: budgetOf(row) + this.#moreMs(row),
      isEnough: (totals, seconds) =>
        hasFailedEnough(expected, totals) ||
        (seconds * 1000 >= (order.durationMs ?? 0) &&
          (hasFailed(expected, totals) || isEnoughToDecide(known, totals.trials))),
    });
    // Interrupted while its threads started: the first try is the result.
    if (second === undefined) return { ...alone, interrupted: true };
    this.#learn(row, row.order, nameOf(row), countsOf(second));
    return { ...second, row: row.row, firstTry: first };
  }

  /** Runs a row that should hold: for its whole budget, and longer while its counts do not decide. */
  async #hold(row: VerifyOrder): Promise<RunDocument | undefined> {
    const known = await this.#knownFor(row);
    if (this.#isOver()) return undefined;
    const budgetMs = budgetOf(row);
    this.#leftMs += budgetMs;
    const isUseful = known.least > 0;
    return this.#hammered(row, row.order, {
      known,
      longestMs: budgetMs + (isUseful ? this.#moreMs(row) : 0),
      isEnough: ({ trials, failures }, seconds) =>
        seconds * 1000 >= budgetMs && (failures > 0 || isEnoughToDecide(known, trials)),
    });
  }

  async #knownFor(row: VerifyOrder): Promise<KnownRate> {
    const { twin, race } = row;
    if (twin === null) return this.#least.get(race.name) ?? floorRate(race.failsAtLeast);
    const before: FailureCounts = this.#rates.get(conditionsOf(twin.order)) ?? NO_COUNTS;
    if (before.failures >= TWIN_FAILURES) return countedRate('twin', twin.name, before);
    const expected = expectedOf(twin.order, row);
    const budgetMs = budgetOf(row);
    const document = await this.#hammered(
      row,
      twin.order,
      {
        known: null,
        longestMs: budgetMs * (1 + MORE_BUDGETS),
        isEnough: (totals, seconds) =>
          hasFailedEnough(expected, totals) ||
          (seconds * 1000 >= budgetMs && before.failures + totals.failures >= TWIN_FAILURES),
      },
      twin,
    );
    const counts: FailureCounts = document === undefined ? NO_COUNTS : countsOf(document);
    return this.#learn(row, twin.order, twin.name, plus(before, counts));
  }

  /** Runs once; returns undefined if an interrupt came while its threads started, since then it has not run. */
  async #hammered(
    row: VerifyOrder,
    order: RunOrder,
    time: RowTime,
    twin: Twin | null = null,
  ): Promise<RunDocument | undefined> {
    const document = await this.#hammer(row, order, time, twin);
    this.#leftMs -= document.seconds * 1000;
    const isNothing = document.interrupted && document.trials === 0 && document.harnessError === null;
    return isNothing ? undefined : document;
  }

  /** Returns how much longer than its budget a row may take. */
  #moreMs(row: VerifyOrder): number {
    const budgetMs = budgetOf(row);
    return Math.max(MORE_BUDGETS * budgetMs, Math.min(MORE_BUDGETS_MAX * budgetMs, this.#leftMs / 2));
  }

  #learn({ race }: VerifyOrder, order: RunOrder, name: string, counts: FailureCounts): KnownRate {
    const known = countedRate('twin', name, counts);
    this.#rates.set(conditionsOf(order), known);
    const { least = Infinity } = this.#least.get(race.name) ?? {};
    if (known.least > 0 && known.least < least) this.#least.set(race.name, { ...known, source: 'race' });
    return known;
  }
}

/** Returns the request of a second try. */
function secondTry(order: RunOrder): RunOrder {
  const { plan, durationMs } = order;
  const seed = (plan.seed + 1) >>> 0;
  return { ...order, plan: { ...plan, seed }, durationMs: (durationMs ?? 0) * MORE_BUDGETS };
}

function budgetOf({ order }: VerifyOrder): number {
  return order.durationMs ?? 0;
}

function expectedOf({ plan }: RunOrder, { race }: VerifyOrder): string | null {
  return expectedOutcome(race, plan.variant, plan.knobs);
}

function hasFailed(expected: string | null, { outcomes }: Pick<Totals, 'outcomes'>): boolean {
  return outcomes.some(({ signature, count }) => signature === expected && count > 0);
}

function nameOf({ row }: VerifyOrder): string {
  return row;
}

/** Whether a row that should fail must be tried again. */
function hasNotShown({ verdict, interrupted }: RunDocument): boolean {
  return !interrupted && (verdict === 'NOT_REPRODUCED' || verdict === 'INCONCLUSIVE');
}
