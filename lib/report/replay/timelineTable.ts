/** Prints a timeline as text. Called by `replay` and by runs that keep evidence. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import { worldOf } from '../words/world.js';
import { columnName } from './columnName.js';

/** Options of the table. */
export interface TableOptions {
  /** Show all rows; otherwise those that lead to the failure, the rest folded. */
  readonly full?: boolean;
  /** Rows up to this number; all if absent. */
  readonly until?: number;
}

const CELL_MAX = 52;

/** Returns a timeline as text: a column for each CPU, the interleaving from top to bottom. */
export function timelineTable(timeline: Timeline, options: TableOptions = {}): string[] {
  const rows = timeline.rows.filter(({ number }) => number <= (options.until ?? Infinity));
  // A CPU without rows has no column.
  const cpus = timeline.cpus.filter(({ id }) => timeline.rows.some(({ cpu }) => cpu === id));
  const lines = linesOf(rows, options.full === true);
  const headOf = (cpu: number): string => `${columnName(timeline, cpu)}, ${timeline.cpus[cpu].actor}`;
  const widths = cpus.map(({ id }) => {
    const cells = lines.filter((line) => line.cpu === id).map((line) => line.cell.length);
    return Math.min(CELL_MAX, Math.max(headOf(id).length, ...cells));
  });
  const draw = (margin: string, cells: readonly string[]): string =>
    `${margin.padEnd(7)}${cells.map((cell, i) => fit(cell, widths[i])).join(' | ')}`.trimEnd();
  return [
    draw(
      ' step',
      cpus.map(({ id }) => headOf(id)),
    ),
    `${'-'.repeat(7)}${widths.map((width) => '-'.repeat(width)).join('-+-')}`,
    ...lines.map((line) =>
      line.cpu < 0
        ? `       ${line.cell}`
        : draw(
            line.margin,
            cpus.map(({ id }) => (id === line.cpu ? line.cell : '')),
          ),
    ),
    ...legend(timeline, lines),
  ];
}

interface Line {
  readonly margin: string;
  /** -1: across all columns. */
  readonly cpu: number;
  readonly cell: string;
}

function linesOf(rows: readonly TimelineRow[], full: boolean): Line[] {
  const lines: Line[] = [];
  const fns = new Map<number, string>();
  let folded = 0;
  const unfold = (): void => {
    if (folded > 0)
      lines.push({
        margin: '',
        cpu: -1,
        cell: `... ${folded} more ${folded === 1 ? 'step' : 'steps'}`,
      });
    folded = 0;
  };
  let shownCpu = -1;
  let switched: TimelineRow['switched'] = null;
  for (const row of rows) {
    switched = row.switched ?? switched;
    if (!full && !row.focus) {
      folded++;
      continue;
    }
    unfold();
    const order = row.cpu === shownCpu || shownCpu < 0 ? null : switched;
    shownCpu = row.cpu;
    if (row.fn !== '' && fns.get(row.cpu) !== row.fn) {
      lines.push({ margin: '', cpu: row.cpu, cell: `${row.fn}():` });
      fns.set(row.cpu, row.fn);
    }
    lines.push({ margin: marginOf(row, order), cpu: row.cpu, cell: cellOf(row) });
  }
  unfold();
  return lines;
}

/** Returns the number of a row, whether a window is open, and why the CPU is switched there. */
function marginOf(row: TimelineRow, switched: TimelineRow['switched']): string {
  const order = switched === null ? ' ' : switched === 'forced' ? '>' : '~';
  const mark = row.fails ? '!' : row.windows.length > 0 ? 'w' : ' ';
  return `${String(row.number).padStart(4)}${mark}${order}`;
}

function cellOf(row: TimelineRow): string {
  return `${row.inInterrupt ? '  ' : ''}${row.step.padEnd(3)} ${row.text}${row.fails ? ' <== here' : ''}`;
}

function fit(cell: string, width: number): string {
  return cell.length <= width ? cell.padEnd(width) : `${cell.slice(0, width - 1)}~`;
}

function legend(timeline: Timeline, lines: readonly Line[]): string[] {
  const { switches, minimal } = timeline;
  const uses = (mark: string): boolean => lines.some(({ margin }) => margin.slice(4).includes(mark));
  return [
    '',
    `${switches} ${switches === 1 ? 'switch' : 'switches'} between ${worldOf(timeline).thread}s${minimal ? ': no interleaving has fewer' : ''}.`,
    ...(uses('>') ? ['> forced: the records allow no other order of the two steps at this context switch'] : []),
    ...(uses('~')
      ? ['~ chosen, for few context switches: the records allow the two steps in the other order as well']
      : []),
    ...(uses('w') ? ['w a window is open'] : []),
  ];
}
