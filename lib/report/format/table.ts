/** Renders tables as text that fits the screen. Used by all text reports. */

import { createRequire } from 'node:module';
import type Table from 'cli-table3';
import { widthOf, type Screen } from './screen.js';

const require = createRequire(import.meta.url);
/** Loaded with the first table that is drawn: many commands draw none, or none before their threads run. */
let TableClass: typeof Table | undefined;

function newTable(options: Table.TableConstructorOptions): Table.Table {
  TableClass ??= require('cli-table3') as typeof Table;
  return new TableClass(options);
}

/** One column of a table: its heading, and the alignment of its cells. */
export interface TableColumn {
  readonly head: string;
  readonly align: 'left' | 'right';
}

/** How a table is laid out where it does not fit. */
export interface TableLayout {
  /** Columns that are known in advance to be so wide, where rows are printed as they come. */
  readonly atLeast?: readonly number[];
  /** Whether the first column names the rows, so that columns that do not fit beside it become another table with it. */
  readonly namesRows?: boolean;
}

const GAP = '  ';
/** How far the further lines of a row go in. */
const INDENT = '    ';
/** A column of text is made no narrower than this, so that it stays readable. */
const TEXT_LEAST = 24;

const PARTS = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
const RULES = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
/** Two blanks between columns and nothing else, so that other programs can process the lines. */
const OPEN: Record<string, string> = {
  ...Object.fromEntries([...PARTS, ...RULES].map((part) => [part, ''])),
  middle: GAP,
};

/** Returns the lines of a table: of any width for a file or a pipe, else each row folded as is necessary. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  screen: Screen,
  layout: TableLayout = {},
): string[] {
  const table = new TextTable(columns, rows, screen, layout);
  return [...table.head(), ...rows.flatMap((row) => table.row(row)), ...table.rest(rows)];
}

/** A table whose rows may be printed one by one. */
export class TextTable {
  readonly #columns: readonly TableColumn[];
  readonly #screen: Screen;
  readonly #widths: readonly number[];
  /** The columns of each line of a row; with names of rows, of each table. */
  readonly #bands: readonly (readonly number[])[];
  readonly #namesRows: boolean;

  /** `rows`: those that are known, for the widths of columns. */
  constructor(
    columns: readonly TableColumn[],
    rows: readonly (readonly string[])[],
    screen: Screen,
    { atLeast = [], namesRows = false }: TableLayout = {},
  ) {
    const natural = columns.map(({ head }, c) =>
      Math.max(widthOf(head), atLeast[c] ?? 0, ...rows.map((row) => widthOf(row[c] ?? ''))),
    );
    this.#columns = columns;
    this.#screen = screen;
    this.#namesRows = namesRows;
    this.#widths = narrowed(columns, natural, screen.width);
    this.#bands = bandsOf(this.#widths, screen.width, namesRows);
  }

  head(): string[] {
    const heads = this.#columns.map(({ head }) => this.#screen.paint.dim(head));
    return this.#bandsOfRow().flatMap((band, b) => this.#drawn(band, heads, b));
  }

  row(cells: readonly string[]): string[] {
    return this.#bandsOfRow().flatMap((band, b) => this.#drawn(band, cells, b));
  }

  /** Returns the further tables, of the columns that did not fit beside the names of the rows. */
  rest(rows: readonly (readonly string[])[]): string[] {
    if (!this.#namesRows) return [];
    const heads = this.#columns.map(({ head }) => this.#screen.paint.dim(head));
    return this.#bands
      .slice(1)
      .flatMap((band) => ['', ...[heads, ...rows].flatMap((row) => this.#drawn(band, row, 0))]);
  }

  #bandsOfRow(): readonly (readonly number[])[] {
    return this.#namesRows ? this.#bands.slice(0, 1) : this.#bands;
  }

  #drawn(band: readonly number[], cells: readonly string[], b: number): string[] {
    const indent = b === 0 ? '' : INDENT;
    const room = this.#screen.width - indent.length;
    const widths = band.map((c) => Math.min(this.#widths[c], room));
    // What is wider than was known in advance pushes what is behind it to the right, where lines have any length.
    const fits = band.map((c, i) =>
      this.#screen.width === Infinity ? Math.max(widths[i], widthOf(cells[c])) : widths[i],
    );
    const table = newTable({
      colWidths: fits,
      colAligns: band.map((c) => this.#columns[c].align),
      wordWrap: true,
      chars: OPEN,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    table.push(band.map((c) => cells[c]));
    return table
      .toString()
      .split('\n')
      .map((line) => `${indent}${line}`.trimEnd())
      .filter((line) => b === 0 || line !== '');
  }
}

/** Returns the widths of the columns, where those of text give up what does not fit, as far as they stay readable. */
function narrowed(columns: readonly TableColumn[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  for (let over = totalOf(widths) - width; over > 0; over--) {
    const texts = columns.flatMap(({ align }, c) => (align === 'left' && widths[c] > TEXT_LEAST ? [c] : []));
    if (texts.length === 0) return [...natural];
    widths[texts.reduce((a, b) => (widths[b] > widths[a] ? b : a))]--;
  }
  return widths;
}

/** Returns which columns stand in which line. */
function bandsOf(widths: readonly number[], width: number, namesRows: boolean): number[][] {
  const bands: number[][] = [[]];
  let used = 0;
  widths.forEach((own, c) => {
    const current = bands[bands.length - 1];
    const next = used + (current.length === 0 ? 0 : GAP.length) + own;
    if (current.length === 0 || (namesRows && current.length === 1) || next <= width) {
      current.push(c);
      used = next;
    } else if (namesRows) {
      bands.push([0, c]);
      used = widths[0] + GAP.length + own;
    } else {
      bands.push([c]);
      used = INDENT.length + own;
    }
  });
  return bands;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, own) => sum + own, 0) + GAP.length * (widths.length - 1);
}
