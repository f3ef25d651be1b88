/** Notes about hosts that give the threads too little CPU time. Called by reports and pages of runs and soaks. */

import { formatProbability, formatRate } from '../format/numbers.js';
import type { RunDocument, UnstarvedRates } from '../run/document.js';

/** Below this share the reports say that the host limits the figures. */
export const SHARE_LEAST = 0.7;

/** What it means for the figures. */
export const STARVED_EFFECT = 'expect other rates than on an idle host';

/** Whether the threads had too little CPU time; false where the host does not report it. */
export function isStarved({ processorShare = null }: Pick<RunDocument, 'processorShare'>): boolean {
  return processorShare !== null && processorShare < SHARE_LEAST;
}

type Measured = Pick<RunDocument, 'processorShare' | 'trials' | 'failures' | 'seconds'>;

/**
 * Estimates the rates with all CPU time, in proportion to the share: null if there was enough, or nothing was measured. How often a trial
 * fails is another matter, which no share tells.
 */
export function unstarvedRates({ processorShare = null, trials, failures, seconds }: Measured): UnstarvedRates | null {
  if (!isStarved({ processorShare }) || processorShare === null || processorShare <= 0 || seconds <= 0) return null;
  const cpuSeconds = seconds * processorShare;
  return { trialsPerSecond: trials / cpuSeconds, failuresPerSecond: failures / cpuSeconds };
}

/** Returns the note about a run, or about a campaign, whose rates are of its rows; null if it had enough CPU time, or the host does not report it. */
export function starvedWords(run: Pick<RunDocument, 'processorShare'> & Partial<Measured>): string | null {
  if (!isStarved(run)) return null;
  const { processorShare = null, trials = 0, failures = 0, seconds = 0 } = run;
  const rates = unstarvedRates({ processorShare, trials, failures, seconds });
  const estimate = rates === null ? '' : `; with all of it an estimated ${formatRate(rates.trialsPerSecond)} trials`;
  return `the host gave the threads ${formatProbability(processorShare ?? 0)} of the CPU time that they wanted: ${STARVED_EFFECT}${estimate}`;
}

/** Returns the share for a table of facts. */
export function shareWords({ processorShare = null }: Pick<RunDocument, 'processorShare'>): string {
  return processorShare === null
    ? 'not reported by the host'
    : `${formatProbability(processorShare)} of what the threads wanted`;
}
