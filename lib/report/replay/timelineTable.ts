/** Prints a timeline as text. Called by `replay` and by runs that keep evidence. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import { worldOf } from '../words/world.js';
import { wrapped } from '../format/wrap.js';
import { columnName } from './columnName.js';

/** Options of the table. */
export interface TableOptions {
  /** Show all rows; otherwise those that lead to the failure, the rest folded. */
  readonly full?: boolean;
  /** Rows up to this number; all if absent. */
  readonly until?: number;
  /** Columns of the terminal; any number if absent. */
  readonly width?: number;
}

const CELL_MAX = 52;
/** Columns narrower than this are hard to read: the steps stand below each other then. */
const CELL_LEAST = 24;
const MARGIN = 7;
const BETWEEN = ' | ';

/** Returns a timeline as text: a column for each CPU, the interleaving from top to bottom. */
export function timelineTable(timeline: Timeline, options: TableOptions = {}): string[] {
  const rows = timeline.rows.filter(({ number }) => number <= (options.until ?? Infinity));
  // A CPU without rows has no column.
  const cpus = timeline.cpus.filter(({ id }) => timeline.rows.some(({ cpu }) => cpu === id));
  const lines = linesOf(rows, options.full === true);
  const headOf = (cpu: number): string => `${columnName(timeline, cpu)}, ${timeline.cpus[cpu].actor}`;
  const natural = cpus.map(({ id }) => {
    const cells = lines.filter((line) => line.cpu === id).map((line) => line.cell.length);
    return Math.min(CELL_MAX, Math.max(headOf(id).length, ...cells));
  });
  const room = (options.width ?? Infinity) - MARGIN - BETWEEN.length * (cpus.length - 1);
  const widths = sharedRoom(natural, room);
  if (widths.some((width, i) => width < Math.min(CELL_LEAST, natural[i])))
    return [...belowEachOther(timeline, lines, options.width ?? Infinity), ...legend(timeline, lines)];
  const isNarrow = widths.some((width, i) => width < natural[i]);
  const draw = (margin: string, cells: readonly string[]): string[] => {
    // A cell that only a wide table has room for goes on below; one that no table has is cut.
    const parts = cells.map((cell, i) => (isNarrow ? wrapped(cell.slice(0, CELL_MAX), widths[i], '    ') : [cell]));
    const height = Math.max(...parts.map((part) => part.length));
    return Array.from({ length: height }, (_, k) => {
      const row = parts.map((part, i) => fit(part[k] ?? '', widths[i])).join(BETWEEN);
      return `${(k === 0 ? margin : '').padEnd(MARGIN)}${row}`.trimEnd();
    });
  };
  return [
    ...draw(
      ' step',
      cpus.map(({ id }) => headOf(id)),
    ),
    `${'-'.repeat(MARGIN)}${widths.map((width) => '-'.repeat(width)).join('-+-')}`,
    ...lines.flatMap((line) =>
      line.cpu < 0
        ? `${' '.repeat(MARGIN)}${line.cell}`
        : draw(
            line.margin,
            cpus.map(({ id }) => (id === line.cpu ? line.cell : '')),
          ),
    ),
    ...legend(timeline, lines),
  ];
}

/** Returns widths that fit into the room together: what is narrower than its share leaves the rest to the others. */
function sharedRoom(natural: readonly number[], room: number): number[] {
  const widths = natural.map(() => 0);
  let left = room;
  natural
    .map((width, i) => [width, i] as const)
    .toSorted(([a], [b]) => a - b)
    .forEach(([width, i], k) => {
      widths[i] = Math.min(width, Math.floor(left / (natural.length - k)));
      left -= widths[i];
    });
  return widths;
}

/** Returns the steps with the CPU of each in front, where there is no room for a column for each. */
function belowEachOther(timeline: Timeline, lines: readonly Line[], width: number): string[] {
  const names = timeline.cpus.map(({ id }) => columnName(timeline, id));
  const name = Math.max(...names.map((each) => each.length));
  const behind = ' '.repeat(MARGIN + name + 2 + 4);
  return [
    ...timeline.cpus.map(({ id, actor }) => `${' '.repeat(MARGIN)}${names[id].padEnd(name)}  ${actor}`),
    '',
    ...lines.flatMap((line) =>
      line.cpu < 0
        ? [`${' '.repeat(MARGIN)}${line.cell}`]
        : wrapped(`${line.margin.padEnd(MARGIN)}${names[line.cpu].padEnd(name)}  ${line.cell}`, width, behind),
    ),
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
