/** A look at a store without a process for it. Called by the tests of soaks that are running. */
import { setImmediate as afterFinalizers } from 'node:timers/promises';
import type { SoakDocument } from '../../lib/report/soak/document.js';
import { garbageCollector } from '../../lib/soak/collectGarbage.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { soakDocumentOf } from '../../lib/soak/document.js';
import { Store } from '../../lib/soak/store.js';

const collectGarbage = garbageCollector();

/**
 * Returns what `status` would show. Settles when the file is closed: its statements keep it open until they are collected, and a
 * soak that ends meanwhile would leave its log beside the store.
 */
export async function peek(path: string): Promise<SoakDocument> {
  const document = shown(path);
  collectGarbage();
  await afterFinalizers();
  return document;
}

/** A function of its own: nothing of the caller keeps the store. */
function shown(path: string): SoakDocument {
  const store = new Store(SoakDatabase.read(path));
  try {
    return soakDocumentOf(store, 0);
  } finally {
    store.release();
  }
}
