/** In which order a page shows the rows of a soak, and by which states they can be chosen. Called by the parts of the page. */

import { exitCodeOf, type Verdict } from '../../statistics/verdict.js';
import { WORST_FIRST } from '../verify/document.js';
import type { RowVerdict } from './document.js';
import { hasRun } from './verdict.js';

/** The states, in the order in which they are shown, with the words for a choice of them. */
export const STATES = {
  bad: 'not as expected',
  fails: 'fails as it should',
  held: 'held',
  idle: 'not run yet',
} as const;
export type PageState = keyof typeof STATES;

const RANKS: readonly Verdict[] = [...WORST_FIRST, 'REPRODUCED', 'HELD'];

/** Returns the state of a row. */
export function pageStateOf(row: RowVerdict): PageState {
  if (!hasRun(row)) return 'idle';
  if (exitCodeOf(row.verdict) !== 0) return 'bad';
  return row.verdict === 'HELD' ? 'held' : 'fails';
}

/** Returns the place of a row among others: what is not as expected first, what has not run last. */
export function rankOf(row: RowVerdict): number {
  return hasRun(row) ? RANKS.indexOf(row.verdict) : RANKS.length;
}

/** Returns the rows in the order in which a page shows them; rows of one rank stay as they are. */
export function unexpectedFirst(rows: readonly RowVerdict[]): RowVerdict[] {
  return rows.toSorted((a, b) => rankOf(a) - rankOf(b));
}
