/** Stores as commands and programs open them: what is wrong with one can be mended by who named it. Called by soak and soak(). */

import { packageVersion } from '../harness/host/raceSource.js';
import { hostFacts } from '../run/hostFacts.js';
import { UsageError } from '../run/usageError.js';
import { SoakDatabase } from '../soak/database.js';
import type { SoakRow } from '../soak/row.js';
import { Store } from '../soak/store.js';
import { StoreError } from '../soak/storeFile.js';
import { isBusy, isOfSqlite, sqliteWords, writeTrouble } from '../soak/trouble.js';

/** A store that this process writes to, and its session. */
export type ClaimedStore = readonly [store: Store, session: number];

/**
 * Makes the store of a campaign and claims it. `prepare` may add to it before its rows are declared. Throws UsageError if there is a
 * file already, or none can be made; then nothing is left behind.
 */
export function createStore(
  path: string,
  campaign: Parameters<Store['begin']>[0],
  rows: readonly SoakRow[],
  prepare: (store: Store) => void = () => {},
): ClaimedStore {
  return mending(() => {
    const store = new Store(SoakDatabase.create(path));
    try {
      store.begin(campaign);
      prepare(store);
      store.declare(rows);
      return [store, claim(store)] as const;
    } catch (error) {
      store.discard();
      throw error;
    }
  }, path);
}

/** Claims an open store, and returns the session. Throws UsageError if another process writes to it, and closes it then. */
export function claimStore(store: Store): number {
  return mending(() => {
    try {
      return claim(store);
    } catch (error) {
      store.release();
      throw error;
    }
  }, store.path);
}

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

function claim(store: Store): number {
  return store.claim({ version: packageVersion(), host: hostFacts() });
}
