/**
 * Shows a litmus race as text: as a table in the style of jcstress, and as the log of litmus7. Called by run/text.ts.
 */

import { counted, formatCount, formatRate, formatSeconds } from '../format/numbers.js';
import type { LitmusFigures, RunDocument } from '../run/document.js';
import { renderTable, type TableColumn } from '../format/table.js';
import type { Screen } from '../format/screen.js';

const COLUMNS: readonly TableColumn[] = [
  { head: 'RESULT', align: 'left' },
  { head: 'SAMPLES', align: 'right' },
  { head: 'FREQ', align: 'right' },
  { head: 'EXPECT', align: 'left' },
  { head: 'DESCRIPTION', align: 'left' },
];
const GRADES = { acceptable: 'Acceptable', interesting: 'Interesting', forbidden: 'Forbidden' } as const;

/** Returns the outcomes of a litmus race in the table of jcstress. */
export function litmusTable({ outcomes }: LitmusFigures, screen: Screen): string[] {
  const rows = outcomes.map(({ outcome, count, rate, grade, about }) => [
    outcome,
    formatCount(count),
    frequency(rate),
    GRADES[grade],
    about,
  ]);
  return renderTable(COLUMNS, rows, screen);
}

/** Returns a share in the digits of jcstress: "0.01%", and "<0.01%" for less. 0 and 100 are printed only if exact. */
export function frequency(rate: number): string {
  if (rate === 0 || rate === 1) return `${(rate * 100).toFixed(2)}%`;
  if (rate < 0.0001) return '<0.01%';
  return rate > 0.9999 ? '>99.99%' : `${(rate * 100).toFixed(2)}%`;
}

/** Returns the rates of the trials and of the outcome that the test asks about. */
export function litmusSpeed({ trials, seconds }: RunDocument, { outcomes }: LitmusFigures): string {
  const relaxed = positives(outcomes);
  const ran = `${counted(trials, 'trial')} in ${formatSeconds(seconds)}: ${formatRate(trials / seconds)}`;
  return `${ran}; ${counted(relaxed, 'relaxed outcome')}: ${formatRate(relaxed / seconds)}`;
}

/** Returns the log of litmus7, for programs that read such logs. It has only the states that were seen. */
export function litmusLog({ seconds }: RunDocument, { test, condition, outcomes }: LitmusFigures): string[] {
  const seen = outcomes.filter(({ count }) => count > 0);
  const positive = positives(outcomes);
  const negative = seen.reduce((sum, { count }) => sum + count, 0) - positive;
  const often = positive === 0 ? 'Never' : negative === 0 ? 'Always' : 'Sometimes';
  return [
    `Test ${test} Allowed`,
    `Histogram (${seen.length} states)`,
    ...seen.map(({ outcome, count, relaxed }) => `${String(count).padEnd(8)}${relaxed ? '*' : ':'}>${outcome}`),
    positive > 0 ? 'Ok' : 'No',
    'Witnesses',
    `Positive: ${positive}, Negative: ${negative}`,
    `Condition ${condition} is ${positive > 0 ? '' : 'NOT '}validated`,
    `Observation ${test} ${often} ${positive} ${negative}`,
    `Time ${test} ${seconds.toFixed(2)}`,
  ];
}

/** Explains the verdict on a litmus race where the table does not. */
export function litmusConclusion(run: RunDocument): string[] {
  if (run.verdict === 'NOT_REPRODUCED' || (run.verdict === 'INCONCLUSIVE' && run.expected === 'fail'))
    return [
      'The relaxed outcome is expected of this host, and was not seen: its threads may never have run at the same time. racehammer doctor checks that.',
    ];
  if (run.verdict === 'VIOLATED')
    return [
      'An outcome was seen that the architecture forbids: the compiler, the processor or this program is at fault.',
    ];
  return [];
}

function positives(outcomes: LitmusFigures['outcomes']): number {
  return outcomes.reduce((sum, { count, relaxed }) => sum + (relaxed ? count : 0), 0);
}
