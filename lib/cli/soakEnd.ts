/** What `soak` prints at its end and `soak status` at any time, and the exit code of both. */

import type { SoakDocument } from '../report/soakDocument.js';
import { soakReport } from '../report/soakReport.js';
import { exitCodeOfRows, hasRun } from '../report/soakVerdict.js';
import { isTerminal, print, printDocument, tell } from './output.js';

export const EVENTS_SHOWN = 20;
/** No trial of any row bears out nothing: neither what should hold nor that the hammer works. */
const NOTHING_EXIT = 4;

/** Prints the document, or its report and behind it what `last` says. */
export function printSoak(
  document: SoakDocument,
  { json }: { readonly json?: boolean },
  last: readonly string[],
): void {
  if (json === true) printDocument(document);
  else print([...soakReport(document, isTerminal('stdout')), ...last]);
}

/** That of the worst row; that of no answer where no row has run, which is said on stderr. */
export function exitCodeOfSoak({ rows }: SoakDocument): number {
  if (rows.some(hasRun)) return exitCodeOfRows(rows);
  tell('racehammer: no row has run a trial: the soak says nothing yet, give it more time');
  return NOTHING_EXIT;
}
