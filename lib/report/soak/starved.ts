/** Notes about a soak whose host gave the threads too little CPU time. Called by text.ts and section.ts. */

import type { FailureCounts } from '../../statistics/counts.js';
import { formatProbability } from '../format/numbers.js';
import { SHARE_LEAST, STARVED_EFFECT, isStarved, starvedWords, unstarvedRates } from '../words/starved.js';
import type { RowTotals, SoakDocument } from './document.js';
import type { UnstarvedRates } from '../run/document.js';
import { rowName } from './rowNames.js';

/** Returns the note about a soak: about the whole campaign, or about some of its rows. */
export function starvedSoakWords({
  rows,
  processorShare,
}: Pick<SoakDocument, 'rows' | 'processorShare'>): string | null {
  const whole = starvedWords({ processorShare, ...sumsOf(rows) });
  if (whole !== null) return whole;
  const starved = rows.filter(isStarved);
  if (starved.length === 0) return null;
  const least = starved.reduce((a, b) => ((a.processorShare ?? 1) <= (b.processorShare ?? 1) ? a : b));
  const which =
    starved.length === 1 ? nameOf(least, rows) : `${starved.length} rows (the least: ${nameOf(least, rows)})`;
  return `the host gave the threads of ${which} less than ${100 * SHARE_LEAST} % of the CPU time that they wanted: ${STARVED_EFFECT}`;
}

/** Estimates the rates of all rows together with all CPU time; null if there was enough. */
export function unstarvedSoak({
  rows,
  processorShare,
}: Pick<SoakDocument, 'rows' | 'processorShare'>): UnstarvedRates | null {
  return unstarvedRates({ processorShare, ...sumsOf(rows) });
}

function sumsOf(rows: readonly RowTotals[]): FailureCounts & { readonly seconds: number } {
  return {
    trials: rows.reduce((sum, { trials }) => sum + trials, 0),
    failures: rows.reduce((sum, { failures }) => sum + failures, 0),
    seconds: rows.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Returns "xen-pin, merged fix, 43 %". */
function nameOf(row: RowTotals, rows: readonly RowTotals[]): string {
  return `${row.race}, ${rowName(row, rows)}, ${formatProbability(row.processorShare ?? 0)}`;
}
