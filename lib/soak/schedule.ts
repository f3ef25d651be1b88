/** Chooses the row of the next slice of a soak, and its length. Called by soak.ts. */

import type { Pace } from './row.js';

/** What the schedule knows about a row. */
export interface RowStanding {
  readonly weight: number;
  /** Whether the row should hold; otherwise it should fail, and so proves that the soak can find failures. */
  readonly holds: boolean;
  /** Whether it has at least one trial. */
  readonly hasTrials: boolean;
  /** Time spent on the row, in milliseconds of the soak. */
  readonly spentMs: number;
  readonly slices: number;
  /** When the row last failed as expected, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  /** When its last slice began, in milliseconds of the soak; null if it had none. */
  readonly triedAtMs: number | null;
}

/**
 * Returns the index of the row that runs next at `nowMs` of the soak.
 *
 * 1. A row without a trial, in the order of the campaign, so that each makes progress early. On a loaded host its threads may have
 *    hardly started when its first slice ends; then it gets another one at once, twice as long, and a third.
 * 2. A row that should fail and has not done so for `proveEveryMs`; the least recently tried one first.
 * 3. A row that should hold: the one furthest behind its share. If there is none, the rows that should fail, by their shares.
 *
 * Rows that have stopped failing must not take all the time: together, those that should fail get at most half of it.
 * Throws RangeError when there are no rows.
 */
export function nextRow(rows: readonly RowStanding[], nowMs: number, pace: Pace): number {
  if (rows.length === 0) throw new RangeError('a campaign has at least one row');
  const fresh = rows.findIndex((row) => !row.hasTrials && row.slices < FIRST_SLICES);
  if (fresh >= 0) return fresh;
  const behind = best(rows, (row) => (row.holds ? row.spentMs / row.weight : null));
  if (behind < 0) return best(rows, (row) => row.spentMs / row.weight);
  const overdue = best(rows, (row) =>
    row.holds || nowMs - (row.provedAtMs ?? -Infinity) < pace.proveEveryMs ? null : (row.triedAtMs ?? -1),
  );
  return overdue >= 0 && spentMs(rows, false) <= spentMs(rows, true) ? overdue : behind;
}

/** Most slices that a row gets in succession until it has a trial. */
const FIRST_SLICES = 3;

function spentMs(rows: readonly RowStanding[], holds: boolean): number {
  return rows.reduce((sum, row) => sum + (row.holds === holds ? row.spentMs : 0), 0);
}

/** Returns the index of the row with the smallest score; -1 if no row has a score. */
function best(rows: readonly RowStanding[], score: (row: RowStanding) => number | null): number {
  let found = -1;
  let lowest = Infinity;
  for (const [i, row] of rows.entries()) {
    const s = score(row);
    if (s !== null && (found < 0 || s < lowest)) {
      found = i;
      lowest = s;
    }
  }
  return found;
}

/** Longest first slice of a row; each next slice is twice as long. */
const FIRST_SLICE_MS = 2000;
const FIRST_SLICE_MS_MIN = 500;

/** Returns the length of first slices: short enough that every row gets several within the budget. */
export function firstSliceMs(budgetMs: number, rows: number): number {
  return Math.min(FIRST_SLICE_MS, Math.max(FIRST_SLICE_MS_MIN, budgetMs / (8 * rows)));
}

/** Returns the length of the next slice of a row that has had `slices`: at most the campaign's slice, and the time that is left. */
export function sliceMs(slices: number, firstMs: number, leftMs: number, pace: Pace): number {
  return Math.max(1, Math.min(pace.sliceMs, firstMs * 2 ** Math.min(slices, 20), leftMs));
}
