/** The end of a soak, and what `soak` and `soak status` print: the store is closed and looked at once more. */

import type { SoakDocument } from '../report/soakDocument.js';
import { soakReport } from '../report/soakReport.js';
import { exitCodeOfRows, hasRun } from '../report/soakVerdict.js';
import { SoakDatabase } from '../soak/database.js';
import { documentOf } from '../soak/document.js';
import type { SoakRow } from '../soak/row.js';
import type { Live } from '../soak/rowState.js';
import type { SoakEnd } from '../soak/soak.js';
import type { Store } from '../soak/store.js';
import { StoreError } from '../soak/storeFile.js';
import { isOfSqlite, sqliteWords, writeTrouble } from '../soak/trouble.js';
import { isTerminal, print, printDocument, tell } from './output.js';
import { commandLine } from '../report/commandLine.js';
import { needsTrust } from '../run/trustedCode.js';

export const EVENTS_SHOWN = 20;
/** No trial of any row bears out nothing: neither what should hold nor that the hammer works. */
const NOTHING_EXIT = 4;

/**
 * Gives the store up, and looks at the file as the next one will find it: the process that writes sees nothing of what a disk or
 * another program has done to it. `document`: what the store holds, if it is sound; otherwise `trouble` says in one line what is
 * wrong. Whoever cannot give the store up leaves a claim that the next one takes over.
 */
export function closeStore(
  store: Store,
  session: number,
  end: SoakEnd | 'failed',
): { readonly document: SoakDocument } | { readonly document: null; readonly trouble: string } {
  const { path } = store;
  const found = reading(path, () => ({ ...documentOf(store, EVENTS_SHOWN), soakingPid: null }));
  try {
    store.end(session, end, end === 'budget used up');
  } catch (error) {
    if (writeTrouble(error) === null) throw error;
    store.release();
  }
  // Only now: as long as another connection is open, a store keeps its log beside it.
  const file = reading(path, () => SoakDatabase.read(path).release());
  if ('trouble' in file) return { document: null, trouble: file.trouble };
  return 'trouble' in found ? { document: null, trouble: found.trouble } : { document: found.read };
}

/** What is read from a store, or why it cannot be. */
function reading<T>(path: string, read: () => T): { readonly read: T } | { readonly trouble: string } {
  try {
    return { read: read() };
  } catch (error) {
    if (error instanceof StoreError) return { trouble: error.message };
    if (!isOfSqlite(error)) throw error;
    return { trouble: new StoreError(path, `cannot be read: ${sqliteWords(error)}`).message };
  }
}

/** Prints the document, or its report and behind it what `last` says. */
export function printSoak(
  document: SoakDocument,
  { json }: { readonly json?: boolean },
  last: readonly string[],
): void {
  if (json === true) printDocument(document);
  else print([...soakReport(document, isTerminal('stdout')), ...last]);
}

/** The command that goes on with a soak, ready to be pasted. */
export function resumeCommand(
  { rows }: SoakDocument,
  store: string,
  { isUsedUp }: { readonly isUsedUp: boolean },
): string {
  return commandLine(
    'soak',
    '--resume',
    ...(rows.some(({ typed }) => needsTrust(typed)) ? ['--trust-code'] : []),
    ...(isUsedUp ? ['--duration', 'LONGER'] : []),
    '--store',
    store,
  );
}

/** What the process itself has counted, on stderr: all that is left where the store cannot be read any more. */
export function printCounts(rows: readonly SoakRow[], counts: readonly Live[]): void {
  tell([
    'from memory, since the store cannot be read:',
    ...rows.map(
      ({ race, name }, i) => `${race.name}, ${name}: ${counts[i].trials} trials, ${counts[i].failures} failures`,
    ),
  ]);
}

/** That of the worst row; that of no answer where no row has run, which is said on stderr. */
export function exitCodeOfSoak({ rows }: SoakDocument): number {
  if (rows.some(hasRun)) return exitCodeOfRows(rows);
  tell('racehammer: no row has run a trial: the soak says nothing yet, give it more time');
  return NOTHING_EXIT;
}
