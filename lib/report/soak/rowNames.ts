/** Names of the rows of a soak, for reports and events. Rows with the same conditions and different code are told apart by their code. */

import type { RowTotals } from './document.js';

/** Digits of the code's hash. */
const CODE_DIGITS = 8;

/** Returns the name of a row, with its code if another row has run other code under the same conditions. */
export function rowName(
  row: Pick<RowTotals, 'key' | 'name' | 'source'>,
  rows: readonly Pick<RowTotals, 'key'>[],
): string {
  const alike = rows.filter(({ key }) => key === row.key).length;
  return alike > 1 ? `${row.name} (${codeWords(row.source)})` : row.name;
}

/** Returns "code 3f2a91c4". */
export function codeWords(source: string | null): string {
  return source === null ? 'code not known' : `code ${source.slice(0, CODE_DIGITS)}`;
}
