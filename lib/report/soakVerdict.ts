import { countedRate, floorRate, isEnoughToDecide, powerOf, type KnownRate } from '../statistics/power.js';
import { binomialInterval, zeroFailureBound } from '../statistics/statistics.js';
import {
  UNDECLARED,
  exitCodeOf,
  expectedFailures,
  judge,
  worstExitCode,
  type CountedOutcome,
  type Expected,
  type Verdict,
} from '../statistics/verdict.js';
import type { RowTotals, RowVerdict } from './soakDocument.js';

/** The verdicts on the rows of a campaign, from their sums. What should hold is judged against what fails beside it. */
export function rowVerdicts(rows: readonly RowTotals[]): RowVerdict[] {
  const failing = rows.filter(({ expected }) => expected !== null);
  // What other code does says nothing of this code.
  const alike = (row: RowTotals): RowTotals[] => failing.filter(({ source }) => source === row.source);
  return rows.map((row) => rowVerdict(row, row.expected === null ? knownBeside(row, alike(row)) : null));
}

function rowVerdict(row: RowTotals, beside: KnownRate | null): RowVerdict {
  const trials = trialsOf(row);
  const none = trials === 0;
  const interval = none ? { low: 0, high: 1 } : binomialInterval(row.failures, trials);
  const clean = !none && row.failures === 0;
  // It had no time yet: that is nobody's error.
  const verdict = hasRun(row) ? verdictOf(row, beside) : 'INCONCLUSIVE';
  const known = beside ?? knownOfItself(row);
  const isWithout = hasRun(row) && ['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED'].includes(verdict);
  return {
    ...row,
    trials,
    verdict,
    power: isWithout ? { ...known, ...powerOf(known, hasStoppedFailing(row) ? row.trialsSinceProof : trials) } : null,
    low95: interval.low,
    high95: clean ? zeroFailureBound(trials) : interval.high,
    bound999: clean ? zeroFailureBound(trials, 0.999) : null,
  };
}

/** A failure is counted at once, the trials of a round at its end. */
function trialsOf({ trials, failures }: RowTotals): number {
  return Math.max(trials, failures);
}

/**
 * A failure of a row that should hold outweighs a harness error beside it. A row that should fail must do so to the end: one that
 * has stopped failing proves nothing about the rows beside it.
 */
function verdictOf(row: RowTotals, beside: KnownRate | null): Verdict {
  const known = beside ?? floorOf(row);
  const counted = { trials: trialsOf(row), outcomes: row.outcomes, harnessError: null };
  const verdict = judge(expectedOf(row), counted, { known, claim: null });
  if (verdict === 'VIOLATED') return verdict;
  if (row.harnessErrors > 0) return 'HARNESS_ERROR';
  return verdict === 'REPRODUCED' && hasStoppedFailing(row) ? 'NOT_REPRODUCED' : verdict;
}

/** What is expected of a row, as `run` is told it of a variant. */
export function expectedOf({ expected, alsoFails, minority, outcomes }: RowTotals): Expected {
  if (alsoFails !== null) return { fails: expected, alsoFails, minority };
  // Of an old store nobody knows what was expected beside: what the race declares, and any share of it.
  const declared = outcomes.filter((o: CountedOutcome) => o.declared === true).map(({ signature }) => signature);
  return { fails: expected, alsoFails: expected === null ? [] : declared, minority: 'not known' };
}

/** What no failure of a row that should hold is judged against: its twin, or what fails least often of its race. */
function knownBeside({ race, twin, ...row }: RowTotals, failing: readonly RowTotals[]): KnownRate {
  const own = failing.find(({ key }) => key === twin);
  if (own !== undefined) return rateOf('twin', own);
  const rates = failing.filter((one) => one.race === race).map((one) => rateOf('race', one));
  const [least] = rates.filter((rate) => rate.least > 0).toSorted((a, b) => a.least - b.least);
  return least ?? rates.at(0) ?? floorRate(row.failsAtLeast ?? undefined);
}

/** One that has stopped failing is known not to fail. Failures that nobody expects are not of its kind. */
function rateOf(source: 'twin' | 'race', row: RowTotals): KnownRate {
  const counts = hasStoppedFailing(row)
    ? { failures: 0, trials: row.trialsSinceProof }
    : { failures: expectedFailures(expectedOf(row), row), trials: row.trials };
  return countedRate(source, row.name, counts);
}

/** What no failure of a row that should fail is judged against: its own rate up to the last one, or a floor. */
function knownOfItself(row: RowTotals): KnownRate {
  return rateBefore(row) ?? floorOf(row);
}

function floorOf({ failsAtLeast }: RowTotals): KnownRate {
  return floorRate(failsAtLeast ?? undefined);
}

/** The rate of the expected failure up to its last one; null if there was none. */
function rateBefore({ expected, trials, trialsSinceProof, outcomes }: RowTotals): KnownRate | null {
  if (expected === null || expected === UNDECLARED) return null;
  const failures = outcomes.find(({ signature }) => signature === expected)?.count ?? 0;
  return failures === 0 ? null : countedRate('row', '', { failures, trials: trials - trialsSinceProof });
}

/** Whether the trials since its last failure would have shown another one at the rate up to then. */
export function hasStoppedFailing(row: RowTotals): boolean {
  const before = rateBefore(row);
  return before !== null && isEnoughToDecide(before, row.trialsSinceProof);
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
