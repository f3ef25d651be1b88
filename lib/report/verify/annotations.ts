/** Shows runs as annotations of a build on GitHub. Called by `run` and `verify` where they run in a GitHub workflow. */

import { verdictWords } from '../../statistics/verdict.js';
import { claimResultWords } from '../words/claim.js';
import { counted } from '../format/numbers.js';
import { powerWords } from '../words/power.js';
import type { RunDocument } from '../run/document.js';
import { conclusion } from '../run/text.js';
import { isDisproved, isUnexpected, type RowDocument, type VerifyDocument } from './document.js';
import { expectedWords, observedWords, provedWords } from './text.js';

/** Returns a workflow command for each run that is not as expected. */
export function runAnnotations(runs: readonly RunDocument[]): string[] {
  return runs.flatMap((run) => annotation(run, `${run.race}:${run.variant}`));
}

/** Returns the same for the rows of a `verify`. Rows that an interrupt ended early are left out. */
export function verifyAnnotations({ rows }: VerifyDocument): string[] {
  return rows.filter(isUnexpected).flatMap((row) => {
    const name = `${row.race}, ${row.row}`;
    return isDisproved(row) ? [disproved(row, name)] : annotation(row, name);
  });
}

/** Says what all states say against a row. */
function disproved(row: RowDocument, name: string): string {
  const title = `racehammer: ${name}: explored otherwise`;
  const message = [
    `expected to ${expectedWords(row)}; observed: ${observedWords(row)}; all states: ${provedWords(row)}`,
    `repeat: ${row.proved?.repeat ?? row.repeat}`,
  ].join('\n');
  return `::error title=${escapeProperty(title)}::${escapeData(message)}`;
}

function annotation(run: RunDocument, name: string): string[] {
  if (run.interrupted && !['VIOLATED', 'HARNESS_ERROR'].includes(run.verdict)) return [];
  if (run.verdict === 'REPRODUCED' || run.verdict === 'HELD') return [];
  const rests = powerWords(run);
  const level = run.verdict === 'VIOLATED' || run.verdict === 'HARNESS_ERROR' ? 'error' : 'notice';
  const title = `racehammer: ${name}: ${verdictWords(run.verdict)}`;
  const message = [
    `expected to ${expectedWords(run)}; observed: ${observedWords(run)} in ${counted(run.trials, 'trial')}`,
    ...(rests === null ? [] : [rests]),
    ...conclusion(run),
    ...(run.claim === null ? [] : [claimResultWords(run.claim)]),
    `repeat: ${run.repeat}`,
  ].join('\n');
  return [`::${level} title=${escapeProperty(title)}::${escapeData(message)}`];
}

/** Escapes characters that would end the line of a workflow command, as GitHub decodes them. */
export function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Escapes a property, which a colon or a comma would end as well. */
export function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
