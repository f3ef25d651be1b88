/** `racehammer soak diff`: two soaks, row by row. */

import type { RowVerdict } from '../../report/soak/document.js';
import { diffReport, diffRows } from '../../soak/soakDiff.js';
import { rowsByHost } from '../../report/soak/fleetVerdict.js';
import { rowVerdicts } from '../../report/soak/verdict.js';
import { screen, print, printDocument } from '../output.js';
import { lookAt } from '../../campaign/stores.js';

/** Prints which rates have changed from the first store to the second. Returns 0. Throws UsageError for what is no store. */
export function soakDiffCommand(first: string, second: string, flags: { readonly json?: boolean }): number {
  const document = diffRows(rowsOf(first), rowsOf(second));
  if (flags.json === true) printDocument(document);
  else print(diffReport(document, screen()));
  return 0;
}

/** Returns the rows of a store; of a fleet each row on each host, since rates of different hosts are not pooled. */
function rowsOf(path: string): RowVerdict[] {
  return lookAt(path, (store) => {
    if (store.fleet.id() === null) return rowVerdicts(store.totals());
    const names = new Map(store.fleet.hosts().map(({ id, name }) => [id, name]));
    return rowsByHost(store.totals(), store.fleet.totals(), (host) => names.get(host) ?? '?');
  });
}
