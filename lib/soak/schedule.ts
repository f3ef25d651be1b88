import type { Pace } from './row.js';

/** What the schedule looks at of a row. */
export interface Standing {
  readonly weight: number;
  /** Whether the row should hold; otherwise it should fail, and so proves that the hammer works. */
  readonly holds: boolean;
  /** Whether it has counted a trial. */
  readonly hasTrials: boolean;
  /** Time that the row has had, in milliseconds of the soak. */
  readonly spentMs: number;
  readonly slices: number;
  /** When the row last showed what was expected, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  /** When its last slice began, in milliseconds of the soak; null if it had none. */
  readonly triedAtMs: number | null;
}

/**
 * The row whose turn it is at `nowMs` of the soak.
 *
 * 1. A row that has counted nothing yet, in the order of the campaign: each makes progress early. On a loaded host its threads may have
 *    hardly begun when its first slice ends; so it has another one at once, twice as long, and a third.
 * 2. A row that should fail and has not proved for `proveEveryMs` that it does; the one that was not tried for longest first.
 * 3. A row that should hold: the one that is furthest behind its share. Without any, the rows that should fail take turns.
 *
 * Rows that do not fail any more must not take all the time: together those that should fail have at most half of it.
 * Throws RangeError when there are no rows.
 */
export function nextRow(rows: readonly Standing[], nowMs: number, pace: Pace): number {
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

/** Slices that a row has at once until it has counted a trial. */
const FIRST_SLICES = 3;

function spentMs(rows: readonly Standing[], holds: boolean): number {
  return rows.reduce((sum, row) => sum + (row.holds === holds ? row.spentMs : 0), 0);
}

/** Index of the row with the smallest score; a row without one does not count. -1 if none counts. */
function best(rows: readonly Standing[], score: (row: Standing) => number | null): number {
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

/** Longest first slice of a row; each one is twice as long as the one before. */
const FIRST_SLICE_MS = 2000;
const FIRST_SLICE_MS_MIN = 500;

/** The first slice of each row: so short that all of them have had several when the budget is used up. */
export function firstSliceMs(budgetMs: number, rows: number): number {
  return Math.min(FIRST_SLICE_MS, Math.max(FIRST_SLICE_MS_MIN, budgetMs / (8 * rows)));
}

/** How long the next slice of a row is that has had `slices`: at most the campaign's slice, and what is left of its time. */
export function sliceMs(slices: number, firstMs: number, leftMs: number, pace: Pace): number {
  return Math.max(1, Math.min(pace.sliceMs, firstMs * 2 ** Math.min(slices, 20), leftMs));
}
