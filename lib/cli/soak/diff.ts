/** `racehammer soak diff`: two soaks, row by row. */

import type { RowVerdict } from '../../report/soak/document.js';
import { diffReport, diffRows } from '../../soak/soakDiff.js';
import { rowVerdicts } from '../../report/soak/verdict.js';
import { isTerminal, print, printDocument } from '../output.js';
import { lookAt } from '../../campaign/stores.js';

/** Prints which rates have changed from the first store to the second. Returns 0. Throws UsageError for what is no store. */
export function soakDiffCommand(first: string, second: string, flags: { readonly json?: boolean }): number {
  const document = diffRows(rowsOf(first), rowsOf(second));
  if (flags.json === true) printDocument(document);
  else print(diffReport(document, isTerminal('stdout')));
  return 0;
}

function rowsOf(path: string): RowVerdict[] {
  return lookAt(path, (store) => rowVerdicts(store.totals()));
}
