/** A look at a store without a process for it. Called by the tests of soaks that are running. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
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
  const before = openedAs(path);
  const document = shown(path);
  // What is left of a call on the stack may keep a statement for a while.
  for (let rounds = 0; rounds === 0 || (rounds < ROUNDS_MAX && openedAs(path) > before); rounds++) {
    collectGarbage();
    await afterFinalizers();
  }
  return document;
}

const ROUNDS_MAX = 50;

/** Returns how often this process has files open whose paths begin so; 0 where the host does not tell. */
function openedAs(path: string): number {
  const FILES = '/proc/self/fd';
  if (!existsSync(FILES)) return 0;
  return readdirSync(FILES).filter((file) => {
    try {
      return readlinkSync(join(FILES, file)).startsWith(path);
    } catch {
      return false;
    }
  }).length;
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
