import { binomialInterval, zeroFailureBound } from '../evidence/statistics.js';
import { UNDECLARED, exitCodeOf, judge, worstExitCode, type Verdict } from '../evidence/verdict.js';
import type { RowTotals, RowVerdict } from './soakDocument.js';

/** The verdict on a row, from its sums. */
export function rowVerdict(row: RowTotals): RowVerdict {
  // A failure is counted at once, the trials of a round at its end.
  const trials = Math.max(row.trials, row.failures);
  const none = trials === 0;
  const interval = none ? { low: 0, high: 1 } : binomialInterval(row.failures, trials);
  const clean = !none && row.failures === 0;
  return {
    ...row,
    trials,
    verdict: verdictOf(row, trials),
    low95: interval.low,
    high95: clean ? zeroFailureBound(trials) : interval.high,
    bound999: clean ? zeroFailureBound(trials, 0.999) : null,
  };
}

/**
 * A failure of a row that should hold outweighs a harness error beside it. A row that should fail must do so to the end: one that
 * has stopped failing proves nothing about the rows beside it.
 */
function verdictOf(row: RowTotals, trials: number): Verdict {
  const verdict = judge(row.expected, { trials, outcomes: row.outcomes, harnessError: null });
  if (verdict === 'VIOLATED') return verdict;
  if (row.harnessErrors > 0) return 'HARNESS_ERROR';
  if (verdict === 'REPRODUCED' && hasStoppedFailing(row)) return 'NOT_REPRODUCED';
  return verdict;
}

/** So many failures must have been due since the last one before a row is said to have stopped: failures come in bursts. */
const MISSING_FAILURES = 20;

/** Whether the trials since its last failure would have brought many more at the rate up to then. */
export function hasStoppedFailing({ expected, trials, trialsSinceProof, outcomes }: RowTotals): boolean {
  if (expected === null || expected === UNDECLARED) return false;
  const count = outcomes.find(({ signature }) => signature === expected)?.count ?? 0;
  return count * trialsSinceProof >= MISSING_FAILURES * Math.max(1, trials - trialsSinceProof);
}

/** Slices after which a row without a trial is no longer taken to have had too little time. */
const SLICES_FOR_A_TRIAL = 3;

/** Whether there is anything to say of the row: its first slices may be under way, or too short for a round of many CPUs. */
export function hasRun({ trials, slices, harnessErrors }: RowTotals): boolean {
  return trials > 0 || harnessErrors > 0 || slices >= SLICES_FOR_A_TRIAL;
}

/** The exit code of a campaign: the worst of its rows that have run. */
export function exitCodeOfRows(rows: readonly RowVerdict[]): number {
  return worstExitCode(rows.filter(hasRun).map(({ verdict }) => exitCodeOf(verdict)));
}
