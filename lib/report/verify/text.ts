/** Shows a verification as text. Called by `verify`; junit.ts, annotations.ts and the page use its words. */

import { verdictWords } from '../../statistics/verdict.js';
import { evidenceLines } from '../run/evidenceLines.js';
import { deadlockWords } from '../run/lockdepLines.js';
import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import { classWords } from '../run/classLines.js';
import { isStarved, starvedWords } from '../words/starved.js';
import { paintedVerdict } from '../words/verdictPaint.js';
import { powerWords } from '../words/power.js';
import type { RunDocument } from '../run/document.js';
import { briefFailures, numberWords } from '../run/brief.js';
import { hostEffects } from '../run/hostEffects.js';
import { conclusion, runReport } from '../run/text.js';
import { wrapped } from '../format/wrap.js';
import {
  WORST_FIRST,
  isDisproved,
  isExplored,
  isUnexpected,
  wasCutOff,
  worstOf,
  type FoundRow,
  type RowDocument,
  type VerifyDocument,
} from './document.js';
import type { Screen } from '../format/screen.js';

/** The longest verdict. */
const VERDICT_WIDTH = 'NOT REPRODUCED'.length;
const GAP = '  ';

/** What is called longer than a budget: counts are looked at ten times a second, and rounds are finished. */
const LONGER = 1.5;

/** Returns a row as it is printed at its end: its verdict and its number; if it is not as expected, why, where and how to repeat it. */
export function endedRowLines(row: RowDocument, { width, paint }: Screen): string[] {
  const verdict = worstOf(row);
  const words = `${verdictWords(verdict)}${row.interrupted ? ' (interrupted)' : ''}`;
  const head = `${words.padEnd(VERDICT_WIDTH)}${GAP}`;
  const tries = row.firstTry === null ? '' : ' (second try)';
  const line = `${head}${row.race}, ${row.row}: ${numberWords(row)}${tries}`;
  const [first, ...others] = wrapped(line, width, ' '.repeat(head.length));
  return [
    first.replace(words, paintedVerdict(paint, verdict, words)),
    ...others,
    ...(isUnexpected(row) ? whyLines(row, { paint }).map((why) => `${GAP}${why}`) : []),
  ];
}

/** Returns what is wrong with a row, in a few lines. */
function whyLines(row: RowDocument, paints: Pick<Screen, 'paint'>): string[] {
  const failures = row.verdict === 'VIOLATED' ? briefFailures(row, paints).filter((line) => line !== '') : [];
  const rests = powerWords(row);
  const concluded = conclusion(row);
  return [
    ...(concluded.length === 0 ? [`expected to ${expectedWords(row)}`] : concluded),
    ...(rests === null ? [] : [rests]),
    ...hostEffects(row),
    ...failures,
    `repeat: ${row.repeat}`,
  ];
}

/** Returns what all states of a row say, as it is printed when they are known. */
export function provedLine(row: RowDocument | FoundRow, { paint }: Pick<Screen, 'paint'>): string {
  const words = provedWords(row);
  const meaning = isDisproved(row) ? 'bad' : row.proved?.verdict === 'PROVED' ? 'good' : undefined;
  return `all states: ${row.race}, ${row.row}: ${meaning === undefined ? words : paint[meaning](words)}`;
}

/** Returns what is printed behind all rows: notes, the reports of the rows that are not as expected, and the summary. */
export function verifyReport(document: VerifyDocument, screen: Screen): string[] {
  const { rows } = document;
  const unexpected = rows.filter(isUnexpected);
  return [
    ...rows.flatMap(secondTryNote),
    ...rows.flatMap((row) => longerNote(row, document.quickMs)),
    ...rows.flatMap(lockdepNotes),
    ...starvedRows(rows),
    ...rows.flatMap(provedNotes),
    ...unexpected.flatMap((row) => [
      '',
      `not as expected: ${row.race}, ${row.row}`,
      ...runReport(row, screen),
      ...evidenceLines(row.evidence ?? []),
    ]),
    '',
    ...notRunLines(document),
    summaryLine(document),
    ...unexpected.map((row) => `repeat: ${row.repeat}`),
  ];
}

/** Rows that were not run and are named; of more the number is in the summary. */
const NOT_RUN_MAX = 10;

function notRunLines({ notRun }: VerifyDocument): string[] {
  const shown = notRun.length > NOT_RUN_MAX + 1 ? notRun.slice(0, NOT_RUN_MAX) : notRun;
  const left = notRun.length - shown.length;
  return [
    ...shown.map(({ race, row }) => `not run: ${race}, ${row}`),
    ...(left === 0 ? [] : [`not run: ${counted(left, 'more row', 'more rows')}`]),
  ];
}

/** Returns a note about rows whose threads got too little CPU time, with an estimate of their rates with all of it. */
function starvedRows(rows: readonly RowDocument[]): string[] {
  const starved = rows.filter(isStarved);
  if (starved.length === 0) return [];
  const sum = (of: (row: RowDocument) => number): number => starved.reduce((all, row) => all + of(row), 0);
  const seconds = sum((row) => row.seconds);
  // The share of all of them together.
  const processorShare = sum((row) => row.seconds * (row.processorShare ?? 1)) / seconds;
  const words = starvedWords({
    processorShare,
    trials: sum((row) => row.trials),
    failures: sum((row) => row.failures),
    seconds,
  });
  return words === null ? [] : [`${starved.length} of ${counted(rows.length, 'row')}: ${words}`];
}

/** Returns "PROVED, 742 states, met 5 of 6 classes"; "FAILS as deadlock, 12 states: NOT AS EXPECTED". */
export function provedWords(row: RowDocument | FoundRow): string {
  const { proved } = row;
  const classes = 'classes' in row ? row.classes : undefined;
  if (proved === undefined || proved === null) return '-';
  const { verdict, failures, states, complete, reduced, preemptions, agrees, contradicts } = proved;
  if (verdict === null) return 'refused';
  const what = verdict === 'FAILS' ? `FAILS as ${failures.join(', ')}` : verdict;
  const bound = complete || preemptions === null ? '' : `, to ${counted(Math.max(0, preemptions), 'preemption')}`;
  const wrong = agrees === false ? ': NOT AS EXPECTED' : contradicts ? ': THREADS FAIL OTHERWISE' : '';
  const met = classes === undefined || classes.classes === null ? '' : `, met ${classWords(classes)}`;
  const all = reduced === true ? ' that stand for all' : '';
  return `${what}, ${counted(states, 'state')}${all}${bound}${met}${wrong}`;
}

/** Returns why a row was not explored, or the command that explores again what disagrees. */
export function provedNotes({ race, row, proved }: RowDocument): string[] {
  if (proved === undefined || proved === null) return [];
  if (proved.refused !== null) return [`not explored: ${race}, ${row}: ${proved.refused}`];
  if (proved.agrees !== false && !proved.contradicts) return [];
  return [`explored otherwise: ${race}, ${row}: ${proved.repeat}`];
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
  const left = rows.filter((row) => row.proved === null).length;
  return [
    `explored: ${proved} PROVED, ${fails} FAILS`,
    bounded === 0 ? '' : `${bounded} BOUNDED`,
    refused === 0 ? '' : `${refused} refused`,
    left === 0 ? '' : `${left} not explored`,
    disproved === 0 ? '' : `${disproved} OTHERWISE THAN EXPECTED OR HAMMERED`,
  ];
}

/** Returns "25 rows: 23 as expected, 1 VIOLATED, 1 NOT REPRODUCED". */
export function summaryLine({ rows, notRun, interrupted, failFast = false }: VerifyDocument): string {
  const unexpected = rows.filter(isUnexpected);
  const cutOff = rows.filter(wasCutOff).length;
  const parts = [
    `${rows.length - unexpected.length - cutOff} as expected`,
    ...WORST_FIRST.map((verdict) => {
      const count = unexpected.filter((row) => worstOf(row) === verdict).length;
      return count === 0 ? '' : `${count} ${verdictWords(verdict)}`;
    }),
    cutOff === 0 ? '' : `${cutOff} interrupted`,
    notRun.length === 0 ? '' : `${notRun.length} not run${failFast ? ' (--fail-fast)' : ''}`,
    ...provedParts(rows),
  ].filter((part) => part !== '');
  return `${counted(rows.length + notRun.length, 'row')}: ${parts.join(', ')}${interrupted ? ' (interrupted)' : ''}`;
}
