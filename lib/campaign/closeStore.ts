/** The end of a soak: its store is given up, and read as the next process will find it. Called by soak and by soak(). */

import type { SoakDocument } from '../report/soak/document.js';
import { SoakDatabase } from '../soak/database.js';
import { soakDocumentOf } from '../soak/document.js';
import type { SoakEnd } from '../soak/soak.js';
import type { Store } from '../soak/store.js';
import { StoreError } from '../soak/storeFile.js';
import { isOfSqlite, sqliteWords, writeTrouble } from '../soak/trouble.js';

export const EVENTS_SHOWN = 20;

/**
 * Closes the store, and reads the file again as the next process will: the writer does not see what a disk or another program has
 * done to it. `document`: what the store holds, if it is sound; otherwise `trouble` says in one line what is wrong. If the store
 * cannot be closed properly, its claim stays, and the next process takes it over.
 */
export function closeStore(
  store: Store,
  session: number,
  end: SoakEnd | 'failed',
): { readonly document: SoakDocument } | { readonly document: null; readonly trouble: string } {
  const { path } = store;
  const found = reading(path, () => ({ ...soakDocumentOf(store, EVENTS_SHOWN), soakingPid: null }));
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

/** Returns what is read from a store, or why it cannot be. */
function reading<T>(path: string, read: () => T): { readonly read: T } | { readonly trouble: string } {
  try {
    return { read: read() };
  } catch (error) {
    if (error instanceof StoreError) return { trouble: error.message };
    if (!isOfSqlite(error)) throw error;
    return { trouble: new StoreError(path, `cannot be read: ${sqliteWords(error)}`).message };
  }
}
