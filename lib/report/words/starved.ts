/** Notes about hosts that give the threads too little CPU time. Called by reports and pages of runs and soaks. */

import { formatProbability } from '../format/numbers.js';
import type { RunDocument } from '../run/document.js';

/** Below this share the reports say that the host limits the figures. */
export const SHARE_LEAST = 0.7;

/** What it means for the figures. */
export const STARVED_EFFECT = 'expect fewer trials and other rates than on an idle host';

/** Whether the threads had too little CPU time; false where the host does not report it. */
export function isStarved({ processorShare = null }: Pick<RunDocument, 'processorShare'>): boolean {
  return processorShare !== null && processorShare < SHARE_LEAST;
}

/** Returns the note about a run; null if it had enough CPU time, or the host does not report it. */
export function starvedWords(run: Pick<RunDocument, 'processorShare'>): string | null {
  if (!isStarved(run)) return null;
  return `the host gave the threads ${formatProbability(run.processorShare ?? 0)} of the CPU time that they wanted: ${STARVED_EFFECT}`;
}

/** Returns the share for a table of facts. */
export function shareWords({ processorShare = null }: Pick<RunDocument, 'processorShare'>): string {
  return processorShare === null
    ? 'not reported by the host'
    : `${formatProbability(processorShare)} of what the threads wanted`;
}
