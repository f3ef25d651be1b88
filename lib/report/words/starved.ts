/** Notes about hosts that give the threads too little CPU time. Called by reports and pages of runs and soaks. */

import { formatProbability } from '../format/numbers.js';
import { rowName } from '../soak/rowNames.js';
import type { RunDocument } from '../run/document.js';
import type { RowTotals, SoakDocument } from '../soak/document.js';

/** Below this share the reports say that the host limits the figures. */
const SHARE_LEAST = 0.7;

const EFFECT = 'expect fewer trials and other rates than on an idle host';

function isStarved({ processorShare = null }: Pick<RunDocument, 'processorShare'>): boolean {
  return processorShare !== null && processorShare < SHARE_LEAST;
}

/** Returns the note about a run; null if it had enough CPU time, or the host does not report it. */
export function starvedWords(run: Pick<RunDocument, 'processorShare'>): string | null {
  if (!isStarved(run)) return null;
  return `the host gave the threads ${formatProbability(run.processorShare ?? 0)} of the CPU time that they wanted: ${EFFECT}`;
}

/** Returns the note about a soak: about the whole campaign, or about some of its rows. */
export function starvedSoakWords({
  rows,
  processorShare,
}: Pick<SoakDocument, 'rows' | 'processorShare'>): string | null {
  const whole = starvedWords({ processorShare });
  if (whole !== null) return whole;
  const starved = rows.filter(isStarved);
  if (starved.length === 0) return null;
  const least = starved.reduce((a, b) => ((a.processorShare ?? 1) <= (b.processorShare ?? 1) ? a : b));
  const which =
    starved.length === 1 ? nameOf(least, rows) : `${starved.length} rows (the least: ${nameOf(least, rows)})`;
  return `the host gave the threads of ${which} less than ${100 * SHARE_LEAST} % of the CPU time that they wanted: ${EFFECT}`;
}

/** Returns "xen-pin, merged fix, 43 %". */
function nameOf(row: RowTotals, rows: readonly RowTotals[]): string {
  return `${row.race}, ${rowName(row, rows)}, ${formatProbability(row.processorShare ?? 0)}`;
}

/** Returns the share for a table of facts. */
export function shareWords({ processorShare = null }: Pick<RunDocument, 'processorShare'>): string {
  return processorShare === null
    ? 'not reported by the host'
    : `${formatProbability(processorShare)} of what the threads wanted`;
}
