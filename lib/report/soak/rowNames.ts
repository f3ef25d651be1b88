/** Names of the rows of a soak, for reports and events. Rows with the same conditions and different code are told apart by their code. */

import { groups } from './groups.js';
import type { RowTotals } from './document.js';

/** Digits of the code's hash. */
const CODE_DIGITS = 8;

type NamedTotals = Pick<RowTotals, 'key' | 'name' | 'source'>;

/** Returns the name of a row, with its code if another row has run other code under the same conditions. */
export function rowName(row: NamedTotals, rows: readonly Pick<RowTotals, 'key'>[]): string {
  return nameAmong(row, rows.filter(({ key }) => key === row.key).length);
}

/** Returns race and name of each row by its id: "xen-pin: merged fix". */
export function fullNames(rows: readonly (NamedTotals & Pick<RowTotals, 'id' | 'race'>)[]): Map<number, string> {
  const alike = groups(rows, ({ key }) => key);
  return new Map(rows.map((row) => [row.id, `${row.race}: ${nameAmong(row, alike.get(row.key)?.length ?? 1)}`]));
}

function nameAmong({ name, source }: NamedTotals, alike: number): string {
  return alike > 1 ? `${name} (${codeWords(source)})` : name;
}

/** Returns "code 3f2a91c4". */
export function codeWords(source: string | null): string {
  return source === null ? 'code not known' : `code ${source.slice(0, CODE_DIGITS)}`;
}
