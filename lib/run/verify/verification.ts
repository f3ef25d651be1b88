/**
 * Decides the order and the time of the rows of a verification. Called by verifyRows.ts. Rows that should fail run first, since the
 * others are judged by their rates. Rows that end early leave their time to those that are not decided.
 */

import { plusPlaced, type PlacedFailures } from '../../statistics/counts.js';
import { countedRate, floorRate, isEnoughToDecide, type KnownRate } from '../../statistics/power.js';
import type { Totals } from '../../harness/host/run.js';
import { expectedOutcome } from '../../race/expectation.js';
import type { RunDocument } from '../../report/run/document.js';
import type { RowDocument } from '../../report/verify/document.js';
import { ROW_BUDGET_MS } from '../defaults.js';
import type { RunRequest } from '../request.js';
import { conditionsOf, countsOf, hasFailedEnough, type Twin } from '../twin.js';
import type { ReadyRow } from '../rows.js';

/** The limits of one run of a row. */
export interface RowTime {
  readonly known: KnownRate | null;
  /** Longest time; the run ends earlier when its counts are enough. */
  readonly longestMs: number;
  readonly isEnough: (totals: Pick<Totals, 'trials' | 'failures' | 'outcomes'>, seconds: number) => boolean;
}

/** Runs a row once, or its twin. */
export type HammerRow = (row: ReadyRow, request: RunRequest, time: RowTime, twin: Twin | null) => Promise<RunDocument>;

/** Additional budgets for a row that is not decided, whatever the others leave. */
const MORE_BUDGETS = 3;
/** Most additional budgets from the time that others leave, of which it takes at most half. */
const MORE_BUDGETS_MAX = 12;
/** A twin with fewer failures runs beyond its budget, since few failures prove only a low rate. */
const TWIN_FAILURES = 10;
const NOTHING: PlacedFailures = { trials: 0, failures: 0, blocks: [] };

/** One verification, row by row. */
export class Verification {
  readonly #isQuick: boolean;
  readonly #isOver: () => boolean;
  readonly #hammer: HammerRow;
  /** Milliseconds that rows have left over. */
  #leftMs = 0;
  /** Failures by their conditions; the least rate by its race, for rows that have no twin. */
  readonly #counted = new Map<string, PlacedFailures>();
  readonly #least = new Map<string, KnownRate>();

  /**
   * `isOver`: whether no further row may begin. `isQuick`: rows that should hold end as soon as they are decided. What is not decided
   * within its budget has the time that it would have otherwise: nothing passes with fewer trials than it needs.
   */
  constructor(isOver: () => boolean, hammer: HammerRow, isQuick = false) {
    this.#isQuick = isQuick;
    this.#isOver = isOver;
    this.#hammer = hammer;
  }

  /** Returns the results in the order of `rows`; undefined for rows that an interrupt left out. Calls `onEnd` once for each. */
  async run(
    rows: readonly ReadyRow[],
    onEnd: (row: ReadyRow, document: RowDocument) => void,
  ): Promise<(RowDocument | undefined)[]> {
    const done = new Map<ReadyRow, RowDocument>();
    const end = (row: ReadyRow, document: RowDocument): void => {
      done.set(row, document);
      onEnd(row, document);
    };
    const missed: [ReadyRow, RunDocument][] = [];
    const failing = rows.filter((row) => expectedOf(row.request, row) !== null);
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
  async #first(row: ReadyRow): Promise<RunDocument | undefined> {
    this.#leftMs += budgetOf(row);
    const expected = expectedOf(row.request, row);
    const document = await this.#hammered(row, row.request, {
      known: floorRate(row.race.failsAtLeast),
      longestMs: budgetOf(row),
      isEnough: (totals) => hasFailedEnough(expected, totals),
    });
    if (document !== undefined) this.#learn(row, row.request, nameOf(row), countsOf(document));
    return document;
  }

  /** Runs a row that did not fail as it should once more, longer and with other delays. */
  async #second(row: ReadyRow, first: RunDocument): Promise<RowDocument> {
    const alone = { ...first, row: row.row, firstTry: null };
    if (this.#isOver()) return alone;
    const expected = expectedOf(row.request, row);
    const request = secondTry(row.request, this.#usualMs(row));
    const known = floorRate(row.race.failsAtLeast);
    const second = await this.#hammered(row, request, {
      known,
      longestMs: budgetOf(row) + this.#moreMs(row),
      isEnough: (totals, seconds) =>
        hasFailedEnough(expected, totals) ||
        (seconds * 1000 >= (request.durationMs ?? 0) &&
          (hasFailed(expected, totals) || isEnoughToDecide(known, totals.trials))),
    });
    // Interrupted while its threads started: the first try is the result.
    if (second === undefined) return { ...alone, interrupted: true };
    this.#learn(row, row.request, nameOf(row), countsOf(second));
    return { ...second, row: row.row, firstTry: first };
  }

  /** Runs a row that should hold: for its whole budget, and longer while its counts do not decide. */
  async #hold(row: ReadyRow): Promise<RunDocument | undefined> {
    const known = await this.#knownFor(row);
    if (this.#isOver()) return undefined;
    const budgetMs = budgetOf(row);
    this.#leftMs += budgetMs;
    const isUseful = known.least > 0;
    return this.#hammered(row, row.request, {
      known,
      longestMs: budgetMs + (isUseful ? this.#moreMs(row) : 0),
      isEnough: ({ trials, failures }, seconds) =>
        (this.#isQuick || seconds * 1000 >= budgetMs) && (failures > 0 || isEnoughToDecide(known, trials)),
    });
  }

  async #knownFor(row: ReadyRow): Promise<KnownRate> {
    const { twin, race } = row;
    if (twin === null) return this.#least.get(race.name) ?? floorRate(race.failsAtLeast);
    const before = this.#counted.get(conditionsOf(twin.request)) ?? NOTHING;
    if (before.failures >= TWIN_FAILURES) return countedRate('twin', twin.name, before);
    const expected = expectedOf(twin.request, row);
    const budgetMs = budgetOf(row);
    const document = await this.#hammered(
      row,
      twin.request,
      {
        known: null,
        longestMs: this.#usualMs(row) * (1 + MORE_BUDGETS),
        isEnough: (totals, seconds) =>
          hasFailedEnough(expected, totals) ||
          (seconds * 1000 >= budgetMs && before.failures + totals.failures >= TWIN_FAILURES),
      },
      twin,
    );
    const counts = document === undefined ? NOTHING : countsOf(document);
    return this.#learn(row, twin.request, twin.name, plusPlaced(before, counts));
  }

  /** Runs once; returns undefined if an interrupt came while its threads started, since then it has not run. */
  async #hammered(
    row: ReadyRow,
    request: RunRequest,
    time: RowTime,
    twin: Twin | null = null,
  ): Promise<RunDocument | undefined> {
    const document = await this.#hammer(row, request, time, twin);
    this.#leftMs -= document.seconds * 1000;
    const isNothing = document.interrupted && document.trials === 0 && document.harnessError === null;
    return isNothing ? undefined : document;
  }

  /** Returns how much longer than its budget a row may take. */
  #moreMs(row: ReadyRow): number {
    const budgetMs = this.#usualMs(row);
    if (this.#isQuick) return MORE_BUDGETS_MAX * budgetMs;
    return Math.max(MORE_BUDGETS * budgetMs, Math.min(MORE_BUDGETS_MAX * budgetMs, this.#leftMs / 2));
  }

  /** Returns the budget that a row has without `isQuick`: what it may take where its own does not decide. */
  #usualMs(row: ReadyRow): number {
    return this.#isQuick ? Math.max(ROW_BUDGET_MS, budgetOf(row)) : budgetOf(row);
  }

  #learn({ race }: ReadyRow, request: RunRequest, name: string, counts: PlacedFailures): KnownRate {
    const known = countedRate('twin', name, counts);
    this.#counted.set(conditionsOf(request), counts);
    const { least = Infinity } = this.#least.get(race.name) ?? {};
    if (known.least > 0 && known.least < least) this.#least.set(race.name, { ...known, source: 'race' });
    return known;
  }
}

/** Returns the request of a second try. */
function secondTry(request: RunRequest, usualMs: number): RunRequest {
  const { plan } = request;
  const seed = (plan.seed + 1) >>> 0;
  return { ...request, plan: { ...plan, seed }, durationMs: usualMs * MORE_BUDGETS };
}

function budgetOf({ request }: ReadyRow): number {
  return request.durationMs ?? 0;
}

function expectedOf({ plan }: RunRequest, { race }: ReadyRow): string | null {
  return expectedOutcome(race, plan.variant, plan.knobs, plan.memory);
}

function hasFailed(expected: string | null, { outcomes }: Pick<Totals, 'outcomes'>): boolean {
  return outcomes.some(({ signature, count }) => signature === expected && count > 0);
}

function nameOf({ row }: ReadyRow): string {
  return row;
}

/** Whether a row that should fail must be tried again. */
function hasNotShown({ verdict, interrupted }: RunDocument): boolean {
  return !interrupted && (verdict === 'NOT_REPRODUCED' || verdict === 'INCONCLUSIVE');
}
