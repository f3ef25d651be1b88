/** `racehammer soak diff`: two soaks, row by row. */

import type { RowVerdict } from '../report/soakDocument.js';
import { diffReport, diffRows } from '../soak/soakDiff.js';
import { rowVerdict } from '../report/soakVerdict.js';
import { lookAt } from './soakStore.js';

/** Prints which rates have changed from the first store to the second. Returns 0. Throws UsageError for what is no store. */
export function soakDiffCommand(first: string, second: string, flags: { readonly json?: boolean }): number {
  const document = diffRows(rowsOf(first), rowsOf(second));
  const lines = flags.json === true ? [JSON.stringify(document, null, 2)] : diffReport(document, process.stdout.isTTY);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function rowsOf(path: string): RowVerdict[] {
  return lookAt(path, (store) => store.totals().map(rowVerdict));
}
