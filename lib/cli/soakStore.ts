/** Stores as the command line opens them: what is wrong with one is the user's to mend. */

import { SoakDatabase } from '../soak/database.js';
import { Store } from '../soak/store.js';
import { StoreError } from '../soak/storeFile.js';
import { isBusy, isOfSqlite, sqliteWords, writeTrouble } from '../soak/trouble.js';
import { UsageError } from '../run/usageError.js';

/** Looks at a store, which another process may be writing to. Throws UsageError for what is no store. */
export function lookAt<T>(path: string, looks: (store: Store) => T): T {
  return mending(() => {
    const store = new Store(SoakDatabase.read(path));
    try {
      return looks(store);
    } catch (error) {
      if (!isOfSqlite(error) || isBusy(error)) throw error;
      throw new StoreError(path, `cannot be read: ${sqliteWords(error)}`);
    } finally {
      store.release();
    }
  }, path);
}

/** Runs what touches a store. Throws UsageError where that throws StoreError, or cannot write. */
export function mending<T>(work: () => T, path: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message);
    const trouble = writeTrouble(error);
    throw trouble === null ? error : new UsageError(new StoreError(path, trouble).message);
  }
}
