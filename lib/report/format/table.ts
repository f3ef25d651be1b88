/** Renders tables as text. Used by all text reports. */

import Table from 'cli-table3';

/** One column of a table: its heading, and the alignment of its cells. */
export interface TableColumn {
  readonly head: string;
  readonly align: 'left' | 'right';
}

const EDGES = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
const SIDES = ['left', 'right'];
/** Rules between rows; the library can only switch off all of them. */
const RULES = ['mid', 'left-mid', 'mid-mid', 'right-mid'];

/** One line for each row. */
const BOXED: Record<string, string> = Object.fromEntries(RULES.map((part) => [part, '']));
/** Two blanks between columns and nothing else, so that other programs can process the lines. */
const OPEN: Record<string, string> = {
  ...Object.fromEntries([...EDGES, ...SIDES, ...RULES].map((part) => [part, ''])),
  middle: '  ',
};

/** Returns the lines of a table without colours: in a box for a terminal, open for a file or a pipe. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  boxed: boolean,
): string[] {
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align),
    chars: boxed ? BOXED : OPEN,
    style: { head: [], border: [], 'padding-left': boxed ? 1 : 0, 'padding-right': boxed ? 1 : 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
