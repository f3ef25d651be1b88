/** How rows of a soak are called where several have the same conditions, and differ in the code that they have run. */

import type { RowTotals } from './soakDocument.js';

/** Digits of the code's hash. */
const CODE_DIGITS = 8;

/** The name of a row among the rows of its soak: with its code, if another one has run other code under the same conditions. */
export function rowName(
  row: Pick<RowTotals, 'key' | 'name' | 'source'>,
  rows: readonly Pick<RowTotals, 'key'>[],
): string {
  const alike = rows.filter(({ key }) => key === row.key).length;
  return alike > 1 ? `${row.name} (${codeWords(row.source)})` : row.name;
}

/** "code 3f2a91c4" */
export function codeWords(source: string | null): string {
  return source === null ? 'code not known' : `code ${source.slice(0, CODE_DIGITS)}`;
}
