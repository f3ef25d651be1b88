/**
 * Judges the rows of a soak from their sums. Called by lib/soak/document.ts and soakDiff.ts, by the reports and the end
 * of a soak.
 */

import { countOf, type CountedOutcome } from '../../statistics/counts.js';
import { countedRate, floorRate, isEnoughToDecide, powerOf, type KnownRate } from '../../statistics/power.js';
import { binomialInterval, zeroFailureBound } from '../../statistics/statistics.js';
import {
  UNDECLARED,
  exitCodeOf,
  expectedFailures,
  judge,
  worstExitCode,
  type Expected,
  type Verdict,
} from '../../statistics/verdict.js';
import { unstarvedRates } from '../words/starved.js';
import type { RowTotals, RowVerdict } from './document.js';

/** Returns the verdicts on the rows of a campaign. Rows that should hold are judged by the rates of those that fail. */
export function rowVerdicts(rows: readonly RowTotals[]): RowVerdict[] {
  const failing = rows.filter(({ expected }) => expected !== null);
  // Rates of other code prove nothing about this code.
  const alike = (row: RowTotals): RowTotals[] => failing.filter(({ source }) => source === row.source);
  return rows.map((row) => rowVerdict(row, row.expected === null ? knownBeside(row, alike(row)) : null));
}

/** The fields of a row that its verdict depends on. */
export type JudgedRow = Pick<
  RowTotals,
  | 'key'
  | 'race'
  | 'name'
  | 'twin'
  | 'source'
  | 'expected'
  | 'alsoFails'
  | 'minority'
  | 'failsAtLeast'
  | 'outcomes'
  | 'trials'
  | 'failures'
  | 'slices'
  | 'harnessErrors'
  | 'provedAtMs'
  | 'trialsSinceProof'
  | 'classes'
>;

/** What is concluded of a row. */
export type RowJudgement = Pick<RowVerdict, 'trials' | 'verdict' | 'power' | 'low95' | 'high95' | 'bound999'>;

/** Returns the verdict on one row. `beside`: the known rate for a row that should hold; null for one that should fail. */
export function rowVerdict(row: RowTotals, beside: KnownRate | null): RowVerdict {
  const unstarved = unstarvedRates(row);
  return { ...row, ...judgeRow(row, beside), ...(unstarved === null ? {} : { unstarved }) };
}

/** Returns what is concluded of one row, without the row: a large fleet has forty thousand of them. */
export function judgeRow(row: JudgedRow, beside: KnownRate | null): RowJudgement {
  const trials = trialsOf(row);
  const none = trials === 0;
  const interval = none ? { low: 0, high: 1 } : binomialInterval(row.failures, trials);
  const clean = !none && row.failures === 0;
  // A row that has had no time yet is not an error.
  const verdict = hasRun(row) ? verdictOf(row, beside) : 'INCONCLUSIVE';
  const known = beside ?? knownOfItself(row);
  const isWithout = hasRun(row) && ['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED'].includes(verdict);
  return {
    trials,
    verdict,
    power: isWithout ? { ...known, ...powerOf(known, hasStoppedFailing(row) ? row.trialsSinceProof : trials) } : null,
    low95: interval.low,
    high95: clean ? zeroFailureBound(trials) : interval.high,
    bound999: clean ? zeroFailureBound(trials, 0.999) : null,
  };
}

/** Returns the trials of a row. Failures are counted at once, the trials of a round at its end. */
function trialsOf({ trials, failures }: JudgedRow): number {
  return Math.max(trials, failures);
}

/**
 * Judges one row. A failure of a row that should hold outweighs a harness error. A row that should fail must do so to the end: one
 * that has stopped failing proves nothing about other rows.
 */
function verdictOf(row: JudgedRow, beside: KnownRate | null): Verdict {
  const known = beside ?? floorOf(row);
  const counted = { trials: trialsOf(row), outcomes: row.outcomes, harnessError: null };
  const verdict = judge(expectedOfRow(row), counted, { known, claim: null });
  // Trials of no class that exists: nothing that all states say, or the machine, can be trusted.
  if (verdict === 'VIOLATED' || (row.classes?.unknown ?? 0) > 0) return 'VIOLATED';
  if (row.harnessErrors > 0) return 'HARNESS_ERROR';
  return verdict === 'REPRODUCED' && hasStoppedFailing(row) ? 'NOT_REPRODUCED' : verdict;
}

/** Returns the expectation of a row. */
export function expectedOfRow({ expected, alsoFails, minority, outcomes }: JudgedRow): Expected {
  if (alsoFails !== null) return { fails: expected, alsoFails, minority };
  // An old store does not record it: then all that the race declares is expected, in any share.
  const declared = outcomes.filter((o: CountedOutcome) => o.declared === true).map(({ signature }) => signature);
  return { fails: expected, alsoFails: expected === null ? [] : declared, minority: 'not known' };
}

/**
 * Returns the known rate for a row that should hold: that of its twin, or the lowest rate of its race. `failing`: the rows of the same
 * code that should fail.
 */
export function knownBeside({ race, twin, ...row }: JudgedRow, failing: readonly JudgedRow[]): KnownRate {
  const own = failing.find(({ key }) => key === twin);
  if (own !== undefined) return rateOf('twin', own);
  const rates = failing.filter((one) => one.race === race).map((one) => rateOf('race', one));
  const [least] = rates.filter((rate) => rate.least > 0).toSorted((a, b) => a.least - b.least);
  return least ?? rates.at(0) ?? floorRate(row.failsAtLeast ?? undefined);
}

/** Returns the rate of a row that should fail: 0 if it has stopped failing. Only expected failures count. */
function rateOf(source: 'twin' | 'race', row: JudgedRow): KnownRate {
  const counts = hasStoppedFailing(row)
    ? { failures: 0, trials: row.trialsSinceProof }
    : { failures: expectedFailures(expectedOfRow(row), row), trials: row.trials };
  return countedRate(source, row.name, { ...counts, blocks: [] });
}

/** Returns the known rate for a row that should fail: its own rate up to its last failure, or an assumed one. */
function knownOfItself(row: JudgedRow): KnownRate {
  return rateBefore(row) ?? floorOf(row);
}

function floorOf({ failsAtLeast }: JudgedRow): KnownRate {
  return floorRate(failsAtLeast ?? undefined);
}

/** Returns the rate of the expected failure up to the last one; null if there was none. */
function rateBefore(row: JudgedRow): KnownRate | null {
  if (row.expected === null || row.expected === UNDECLARED) return null;
  const failures = countOf(row.expected, row);
  return failures === 0
    ? null
    : countedRate('row', '', { failures, trials: row.trials - row.trialsSinceProof, blocks: [] });
}

/** Whether the trials since the last failure would have shown another one at the rate up to then. */
export function hasStoppedFailing(row: JudgedRow): boolean {
  const before = rateBefore(row);
  return before !== null && isEnoughToDecide(before, row.trialsSinceProof);
}

/** Slices after which a row without a trial counts as run. */
const SLICES_FOR_A_TRIAL = 3;

/** Whether the row can be judged. Its first slices may still run, or be too short for a round of many CPUs. */
export function hasRun({ trials, slices, harnessErrors }: JudgedRow): boolean {
  return trials > 0 || harnessErrors > 0 || slices >= SLICES_FOR_A_TRIAL;
}

/** Returns the exit code of a campaign: the worst of its rows that have run. */
export function exitCodeOfRows(rows: readonly RowVerdict[]): number {
  return worstExitCode(rows.filter(hasRun).map(({ verdict }) => exitCodeOf(verdict)));
}
