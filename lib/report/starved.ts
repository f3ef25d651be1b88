/** What a host does to figures that gives the threads too little CPU time: the words of `run` and `soak`, in text and page. */

import { formatProbability } from './numbers.js';
import { rowName } from './rowNames.js';
import type { RunDocument } from './runDocument.js';
import type { RowTotals, SoakDocument } from './soakDocument.js';

/** With less than this hammering is slow because of the host, which is said. */
const SHARE_LEAST = 0.7;

const EFFECT = 'expect fewer trials and other rates than on an idle host';

function isStarved({ processorShare = null }: Pick<RunDocument, 'processorShare'>): boolean {
  return processorShare !== null && processorShare < SHARE_LEAST;
}

/** What is to be said of a run; null if it had enough, or the host does not tell. */
export function starvedWords(run: Pick<RunDocument, 'processorShare'>): string | null {
  if (!isStarved(run)) return null;
  return `the host gave the threads ${formatProbability(run.processorShare ?? 0)} of the CPU time that they wanted: ${EFFECT}`;
}

/** What is to be said of a soak: of the whole campaign, or of those of its rows that were unlucky. */
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

/** "xen-pin, merged fix, 43 %" */
function nameOf(row: RowTotals, rows: readonly RowTotals[]): string {
  return `${row.race}, ${rowName(row, rows)}, ${formatProbability(row.processorShare ?? 0)}`;
}

/** The share for a table of facts. */
export function shareWords({ processorShare = null }: Pick<RunDocument, 'processorShare'>): string {
  return processorShare === null
    ? 'the host does not tell'
    : `${formatProbability(processorShare)} of what the threads wanted`;
}
