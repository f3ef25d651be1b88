/** Shows runs as the summary of a build on GitHub, in Markdown. Called by `run` and `verify` where a workflow asks for one. */

import { verdictWords } from '../../statistics/verdict.js';
import { plain } from '../format/markdown.js';
import { counted, formatCount } from '../format/numbers.js';
import type { RunDocument } from '../run/document.js';
import { isUnexpected, worstOf, type RowDocument, type VerifyDocument } from './document.js';
import { expectedWords, observedWords } from './text.js';

/** A step has one MiB; a row takes some hundred bytes. */
const ROWS_MAX = 1000;

const HEAD = ['| race | row | expected | observed | trials | seed | verdict |', '|---|---|---|---|---:|---:|---|'];

/** Returns the summary of the runs of one race. */
export function runSummary(runs: readonly RunDocument[]): string {
  const rows = runs.map((run) => rowLine(run, run.variant, run.verdict));
  return textOf(['## racehammer run', '', ...HEAD, ...rows, '', ...runs.flatMap(repeatLines)]);
}

/** Returns the summary of a verification: what is not as expected first, the other rows folded. */
export function verifySummary({ rows, notRun, verdict, repeat }: VerifyDocument): string {
  const unexpected = rows.filter(isUnexpected);
  const others = rows.filter((row) => !isUnexpected(row)).slice(0, ROWS_MAX);
  const shown = unexpected.slice(0, ROWS_MAX);
  const left = rows.length - shown.length - others.length;
  return textOf([
    `## racehammer verify: ${verdict.replaceAll('_', ' ')}`,
    '',
    `${counted(rows.length, 'row')}, ${formatCount(unexpected.length)} not as expected, ${formatCount(notRun.length)} not run`,
    '',
    ...(shown.length === 0 ? [] : [...HEAD, ...shown.map(verifiedLine), '', ...shown.flatMap(repeatLines)]),
    ...folded(`${counted(others.length, 'row')} as expected`, others.map(verifiedLine)),
    ...(left === 0 ? [] : [`${counted(left, 'row')} more are not shown`, '']),
    ...repeatLines({ repeat }),
  ]);
}

function verifiedLine(row: RowDocument): string {
  return rowLine(row, row.row, worstOf(row));
}

function rowLine(run: RunDocument, name: string, verdict: RunDocument['verdict']): string {
  const cells = [
    plain(run.race),
    plain(name),
    plain(expectedWords(run)),
    plain(observedWords(run)),
    formatCount(run.trials),
    String(run.seed),
    verdictWords(verdict),
  ];
  return `| ${cells.join(' | ')} |`;
}

function folded(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [`<details><summary>${title}</summary>`, '', ...HEAD, ...rows, '', '</details>', ''];
}

/** Returns a command as code: an indented block, which no text of its own can end. */
function repeatLines({ repeat }: { readonly repeat: string }): string[] {
  return [`    ${repeat.replace(/\p{Cc}+/gu, ' ')}`, ''];
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
