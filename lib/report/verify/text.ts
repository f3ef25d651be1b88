/** Shows a verification as text. Called by `verify`; junit.ts, annotations.ts and the page use its words. */

import { binomialInterval } from '../../statistics/statistics.js';
import { verdictWords } from '../../statistics/verdict.js';
import { evidenceLines } from '../run/evidenceLines.js';
import { deadlockWords } from '../run/lockdepLines.js';
import { counted, formatCount, formatProbability, formatSeconds } from '../format/numbers.js';
import { classWords } from '../run/classLines.js';
import { powerCell } from '../words/power.js';
import type { RunDocument } from '../run/document.js';
import { runReport } from '../run/text.js';
import { renderTable, type TableColumn } from '../format/table.js';
import {
  WORST_FIRST,
  isDisproved,
  isExplored,
  isUnexpected,
  wasCutOff,
  worstOf,
  type RowDocument,
  type VerifyDocument,
} from './document.js';
import type { Screen } from '../format/screen.js';

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

/** What is called longer than a budget: counts are looked at ten times a second, and rounds are finished. */
const LONGER = 1.5;

const PROVED: TableColumn = { head: 'all states', align: 'left' };

/** Returns the table, its notes, the reports of the rows that are not as expected, and the summary. */
export function verifyReport(document: VerifyDocument, screen: Screen): string[] {
  const { rows } = document;
  const unexpected = rows.filter(isUnexpected);
  return [
    ...(rows.length === 0 ? [] : tableOf(rows, screen)),
    ...rows.flatMap(secondTryNote),
    ...rows.flatMap((row) => longerNote(row, document.quickMs)),
    ...rows.flatMap(lockdepNotes),
    ...rows.flatMap(provedNotes),
    ...unexpected.flatMap((row) => [
      '',
      `not as expected: ${row.race}, ${row.row}`,
      ...runReport(row, screen),
      ...evidenceLines(row.evidence ?? []),
    ]),
    '',
    ...document.notRun.map(({ race, row }) => `not run: ${race}, ${row}`),
    summaryLine(document),
    ...unexpected.map((row) => `repeat: ${row.repeat}`),
  ];
}

function tableOf(rows: readonly RowDocument[], screen: Screen): string[] {
  if (!rows.some(isExplored)) return renderTable(COLUMNS, rows.map(cells), screen);
  return renderTable(
    [...COLUMNS, PROVED],
    rows.map((row) => [...cells(row), provedWords(row)]),
    screen,
  );
}

/** Returns "PROVED, 742 states, met 5 of 6 classes"; "FAILS as deadlock, 12 states: NOT AS EXPECTED". */
export function provedWords({ proved, classes }: RowDocument): string {
  if (proved === undefined || proved === null) return '-';
  const { verdict, failures, states, complete, preemptions, agrees, contradicts } = proved;
  if (verdict === null) return 'refused';
  const what = verdict === 'FAILS' ? `FAILS as ${failures.join(', ')}` : verdict;
  const bound = complete || preemptions === null ? '' : `, to ${counted(Math.max(0, preemptions), 'preemption')}`;
  const wrong = agrees === false ? ': NOT AS EXPECTED' : contradicts ? ': THREADS FAIL OTHERWISE' : '';
  const met = classes === undefined || classes.classes === null ? '' : `, met ${classWords(classes)}`;
  return `${what}, ${counted(states, 'state')}${bound}${met}${wrong}`;
}

/** Returns why a row was not explored, or the command that explores again what disagrees. */
export function provedNotes({ race, row, proved }: RowDocument): string[] {
  if (proved === undefined || proved === null) return [];
  if (proved.refused !== null) return [`not explored: ${race}, ${row}: ${proved.refused}`];
  if (proved.agrees !== false && !proved.contradicts) return [];
  return [`explored otherwise: ${race}, ${row}: ${proved.repeat}`];
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
    `${verdictWords(worstOf(row))}${row.interrupted ? ' (interrupted)' : ''}`,
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

/** Names a row that its budget did not decide, with --quick. */
function longerNote(row: RowDocument, quickMs = Infinity): string[] {
  if (row.seconds * 1000 < quickMs * LONGER || row.firstTry !== null) return [];
  const needed = row.power?.trialsNeeded ?? null;
  const why = needed === null ? '' : `: ${counted(needed, 'trial')} decide`;
  return [`longer than ${formatSeconds(quickMs / 1000)}: ${row.race}, ${row.row}, ${formatSeconds(row.seconds)}${why}`];
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

/** Returns "20 proved, 3 fail in all states, 2 bounded". */
function provedParts(rows: readonly RowDocument[]): string[] {
  if (!rows.some(isExplored)) return [];
  const count = (verdict: string | null): number => rows.filter(({ proved }) => proved?.verdict === verdict).length;
  const [proved, fails, bounded, refused] = ['PROVED', 'FAILS', 'BOUNDED', null].map(count);
  const disproved = rows.filter(isDisproved).length;
  return [
    `explored: ${proved} PROVED, ${fails} FAILS`,
    bounded === 0 ? '' : `${bounded} BOUNDED`,
    refused === 0 ? '' : `${refused} refused`,
    disproved === 0 ? '' : `${disproved} OTHERWISE THAN EXPECTED OR HAMMERED`,
  ];
}

/** Returns "25 rows: 23 as expected, 1 VIOLATED, 1 NOT REPRODUCED". */
export function summaryLine({ rows, notRun, interrupted }: VerifyDocument): string {
  const unexpected = rows.filter(isUnexpected);
  const cutOff = rows.filter(wasCutOff).length;
  const parts = [
    `${rows.length - unexpected.length - cutOff} as expected`,
    ...WORST_FIRST.map((verdict) => {
      const count = unexpected.filter((row) => worstOf(row) === verdict).length;
      return count === 0 ? '' : `${count} ${verdictWords(verdict)}`;
    }),
    cutOff === 0 ? '' : `${cutOff} interrupted`,
    notRun.length === 0 ? '' : `${notRun.length} not run`,
    ...provedParts(rows),
  ].filter((part) => part !== '');
  const all = rows.length + notRun.length;
  return `${all} ${all === 1 ? 'row' : 'rows'}: ${parts.join(', ')}${interrupted ? ' (interrupted)' : ''}`;
}
