/** What `soak` and `soak status` print, and the exit code that it gives. */

import { counted } from '../../report/format/numbers.js';
import type { SoakDocument } from '../../report/soak/document.js';
import { soakReport } from '../../report/soak/text.js';
import { exitCodeOfRows, hasRun } from '../../report/soak/verdict.js';
import type { SoakRow } from '../../soak/row.js';
import type { Live } from '../../soak/rowState.js';
import { screen, print, printDocument, tell } from '../output.js';
import { commandLine } from '../../report/format/commandLine.js';
import { needsTrust } from '../../run/evidence/trustedCode.js';
import { withoutConfigWords } from '../../run/repeat.js';

/** The exit code if no row has a trial: then nothing was shown. */
const NOTHING_EXIT = 4;

/** Prints the document, or its report followed by the lines of `last`. */
export function printSoak(
  document: SoakDocument,
  { json }: { readonly json?: boolean },
  last: readonly string[],
): void {
  if (json === true) printDocument(document);
  else print([...soakReport(document, screen()), ...last]);
}

/** Returns the command that continues a soak, or the campaign of a fleet. */
export function resumeCommand(
  { rows, fleet }: SoakDocument,
  store: string,
  { isUsedUp }: { readonly isUsedUp: boolean },
): string {
  return commandLine(
    ...(fleet === undefined ? ['soak'] : ['fleet', 'hub']),
    '--resume',
    ...(rows.some(({ typed }) => needsTrust(typed)) ? ['--trust-code'] : []),
    ...(isUsedUp ? ['--duration', 'LONGER'] : []),
    '--store',
    store,
    ...withoutConfigWords(),
  );
}

/** Prints what the process itself has counted on stderr, if the store cannot be read any more. */
export function printCounts(rows: readonly SoakRow[], counts: readonly Live[]): void {
  tell([
    'from memory, since the store cannot be read:',
    ...rows.map(
      ({ race, name }, i) =>
        `${race.name}, ${name}: ${counted(counts[i].trials, 'trial')}, ${counted(counts[i].failures, 'failure')}`,
    ),
  ]);
}

/** Returns the exit code of the worst row, or that of no answer if no row has run, which is said on stderr. */
export function exitCodeOfSoak({ rows }: SoakDocument): number {
  if (rows.some(hasRun)) return exitCodeOfRows(rows);
  tell('racehammer: no row has run a trial: the soak says nothing yet, give it more time');
  return NOTHING_EXIT;
}
