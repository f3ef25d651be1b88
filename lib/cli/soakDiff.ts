/** `racehammer soak diff`: two soaks, row by row. */

import { SoakDatabase, StoreError } from '../soak/database.js';
import { diffReport, diffRows } from '../soak/soakDiff.js';
import { Store } from '../soak/store.js';
import { rowVerdict, type RowVerdict } from '../soak/summary.js';
import { UsageError } from './usageError.js';

/** Prints which rates have changed from the first store to the second. Returns 0. Throws UsageError for what is no store. */
export function soakDiffCommand(first: string, second: string, flags: { readonly json?: boolean }): number {
  const document = diffRows(rowsOf(first), rowsOf(second));
  const lines = flags.json === true ? [JSON.stringify(document, null, 2)] : diffReport(document, process.stdout.isTTY);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function rowsOf(path: string): RowVerdict[] {
  try {
    const store = new Store(SoakDatabase.read(path));
    const rows = store.totals().map(rowVerdict);
    store.release();
    return rows;
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}
