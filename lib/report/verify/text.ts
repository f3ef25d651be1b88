/** Shows a verification as text. Called by `verify`; junit.ts, annotations.ts and the page use its words. */

import { binomialInterval } from '../../statistics/statistics.js';
import { verdictWords } from '../../statistics/verdict.js';
import { evidenceLines } from '../run/evidenceLines.js';
import { deadlockWords } from '../run/lockdepLines.js';
import { counted, formatCount, formatProbability, formatSeconds } from '../format/numbers.js';
import { powerCell } from '../words/power.js';
import type { RunDocument } from '../run/document.js';
import { runReport } from '../run/text.js';
import { renderTable, type TableColumn } from '../format/table.js';
import { WORST_FIRST, isUnexpected, wasCutOff, type RowDocument, type VerifyDocument } from './document.js';

const COLUMNS: readonly TableColumn[] = [
  { head: 'race', align: 'left' },
  { head: 'row', align: 'left' },
  { head: 'expected', align: 'left' },
  { head: 'observed', align: 'left' },
  { head: 'trials', align: 'right' },
  { head: 'failures', align: 'right' },
  { head: 'per trial (95 %)', align: 'left' },
  { head: 'against its twin', align: 'left' },
  { head: 'verdict', align: 'left' },
];

/** Returns the table, its notes, the reports of the rows that are not as expected, and the summary. */
export function verifyReport(document: VerifyDocument, boxed: boolean): string[] {
  const { rows } = document;
  const unexpected = rows.filter(isUnexpected);
  return [
    ...(rows.length === 0 ? [] : renderTable(COLUMNS, rows.map(cells), boxed)),
    ...rows.flatMap(secondTryNote),
    ...rows.flatMap(lockdepNotes),
    ...unexpected.flatMap((row) => [
      '',
      `not as expected: ${row.race}, ${row.row}`,
      ...runReport(row, boxed),
      ...evidenceLines(row.evidence ?? []),
    ]),
    '',
    ...document.notRun.map(({ race, row }) => `not run: ${race}, ${row}`),
    summaryLine(document),
    ...unexpected.map((row) => `repeat: ${row.repeat}`),
  ];
}

function cells(row: RowDocument): string[] {
  return [
    row.race,
    row.row,
    expectedWords(row),
    `${observedWords(row)}${row.firstTry === null ? '' : ' (second try)'}`,
    formatCount(row.trials),
    formatCount(row.failures),
    rateWords(row),
    powerCell(row),
    `${verdictWords(row.verdict)}${row.interrupted ? ' (interrupted)' : ''}`,
  ];
}

/** Returns "hold", "fail as oops-0003". */
export function expectedWords({ expectedOutcome }: RunDocument): string {
  return expectedOutcome === null ? 'hold' : `fail as ${expectedOutcome}`;
}

/** Returns "oops-0003 107, deadlock 2"; "no failure". */
export function observedWords({ outcomes, trials }: RunDocument): string {
  if (trials === 0) return 'not run';
  if (outcomes.length === 0) return 'no failure';
  return outcomes.map(({ signature, count }) => `${signature} ${formatCount(count)}`).join(', ');
}

/** Returns the interval of all failures together; the upper bound if there were none. */
function rateWords({ failures, trials, upperBound95 }: RunDocument): string {
  if (trials === 0) return '-';
  if (upperBound95 !== null) return `< ${formatProbability(upperBound95)}`;
  const { low, high } = binomialInterval(failures, trials);
  return `${formatProbability(low)} .. ${formatProbability(high)}`;
}

function secondTryNote(row: RowDocument): string[] {
  const first = firstTryWords(row);
  return first === null ? [] : [`second try, longer: ${row.race}, ${row.row}; the first: ${first}`];
}

/** Returns the result of the first try, "no failure in 2,500 trials and 2.0 s"; null if there was only one try. */
export function firstTryWords({ firstTry }: RowDocument): string | null {
  if (firstTry === null) return null;
  return `${observedWords(firstTry)} in ${counted(firstTry.trials, 'trial')} and ${formatSeconds(firstTry.seconds)}`;
}

/** Returns the possible deadlocks of rows that should hold. */
function lockdepNotes({ race, row, expectedOutcome, lockdep }: RowDocument): string[] {
  const found = expectedOutcome === null ? (lockdep?.possibleDeadlocks ?? []) : [];
  return found.map((deadlock) => `possible deadlock (lockdep): ${race}, ${row}: ${deadlockWords(deadlock)}`);
}

/** Returns "25 rows: 23 as expected, 1 VIOLATED, 1 NOT REPRODUCED". */
export function summaryLine({ rows, notRun, interrupted }: VerifyDocument): string {
  const unexpected = rows.filter(isUnexpected);
  const cutOff = rows.filter(wasCutOff).length;
  const parts = [
    `${rows.length - unexpected.length - cutOff} as expected`,
    ...WORST_FIRST.map((verdict) => {
      const count = unexpected.filter((row) => row.verdict === verdict).length;
      return count === 0 ? '' : `${count} ${verdictWords(verdict)}`;
    }),
    cutOff === 0 ? '' : `${cutOff} interrupted`,
    notRun.length === 0 ? '' : `${notRun.length} not run`,
  ].filter((part) => part !== '');
  const all = rows.length + notRun.length;
  return `${all} ${all === 1 ? 'row' : 'rows'}: ${parts.join(', ')}${interrupted ? ' (interrupted)' : ''}`;
}
