/** Draws a timeline as SVG. Called by `replay --svg`, by runs that keep evidence, and by the page of a soak. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import { visible } from '../format/visible.js';
import { escapeXml } from '../format/xml.js';
import { columnName } from './columnName.js';

/** Options of a picture. */
export interface SvgOptions {
  /** Show all rows; otherwise those that lead to the failure, the rest folded. */
  readonly full?: boolean;
  /** Draw for a white background, also in dark mode. */
  readonly onWhite?: boolean;
}

const ROW = 18;
const HEAD = 46;
const MARGIN = 44;
const CHAR = 6.7;
const TEXT_MAX = 60;
const LABEL_MIN = 26;

/** Colours follow light or dark mode; every class begins with `rh-`, so that a page may embed several pictures. */
const STYLE = `
.rh-timeline{font:11px ui-monospace,Menlo,Consolas,monospace;--rh-ink:#1c2024;--rh-soft:#6a737d;--rh-line:#c9d1d9;
--rh-window:#fff3c4;--rh-fail:#c62828;--rh-irq:#7b3fb3;--rh-run:#dbe9f9}
.rh-timeline text{fill:var(--rh-ink)}.rh-timeline .rh-soft{fill:var(--rh-soft)}.rh-timeline .rh-head{font-weight:bold}
.rh-timeline .rh-fails{fill:var(--rh-fail);font-weight:bold}.rh-timeline .rh-irq{fill:var(--rh-irq)}
.rh-timeline .rh-life{stroke:var(--rh-line)}.rh-timeline .rh-run{fill:var(--rh-run)}.rh-timeline .rh-window{fill:var(--rh-window)}
.rh-timeline .rh-switch{stroke:var(--rh-soft);stroke-opacity:.5;fill:none}.rh-timeline .rh-chosen{stroke-dasharray:3 3}`;
const DARK = `
@media (prefers-color-scheme:dark){.rh-timeline{--rh-ink:#e6edf3;--rh-soft:#8b949e;--rh-line:#3d444d;--rh-window:#4a3f12;
--rh-fail:#ff7b72;--rh-irq:#c297ff;--rh-run:#1b2f48}}`;

/** Returns a timeline as an `<svg>` element that needs no other file. All text in it is escaped. */
export function timelineSvg(timeline: Timeline, options: SvgOptions = {}): string {
  const rows = shownRows(timeline.rows, options.full === true);
  const cpus = timeline.cpus.filter(({ id }) => timeline.rows.some(({ cpu }) => cpu === id));
  const starts = columnStarts(rows, timeline.cpus.length, new Set(cpus.map(({ id }) => id)));
  const column = (cpu: number): number => starts[cpu];
  const height = HEAD + rows.length * ROW + 14;
  const total = starts[timeline.cpus.length];
  const title = `${timeline.race}:${timeline.variant}, trial ${timeline.trial}: ${timeline.signature}`;
  return [
    `<svg class="rh-timeline" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${round(total)} ${height}" width="${round(total)}" height="${height}">`,
    `<title>${escaped(title)}</title><style>${STYLE}${options.onWhite === true ? '' : DARK}</style>`,
    ...windowBands(rows, total),
    ...cpus.flatMap(({ id, actor }) => columnHead(column(id), height, columnName(timeline, id), actor)),
    ...switches(rows, column),
    ...rows.flatMap((shown, i) => drawRow(shown, HEAD + i * ROW, column)),
    '</svg>',
  ].join('\n');
}

/** One line of the picture: a row, or how many were left out. */
interface Shown {
  readonly row: TimelineRow | undefined;
  readonly folded: number;
}

function shownRows(rows: readonly TimelineRow[], full: boolean): Shown[] {
  const shown: Shown[] = [];
  let folded = 0;
  const unfold = (): void => {
    if (folded > 0) shown.push({ row: undefined, folded });
    folded = 0;
  };
  for (const row of rows) {
    if (!full && !row.focus) {
      folded++;
      continue;
    }
    unfold();
    shown.push({ row, folded: 0 });
  }
  unfold();
  return shown;
}

/** Returns where each CPU's column begins, and last where the picture ends; a CPU without rows has no width. */
function columnStarts(rows: readonly Shown[], cpus: number, shown: ReadonlySet<number>): number[] {
  const starts = [MARGIN];
  for (let cpu = 0; cpu < cpus; cpu++) {
    const labels = rows.flatMap(({ row }) => (row?.cpu === cpu ? [labelOf(row).length] : []));
    starts.push(starts[cpu] + (shown.has(cpu) ? Math.max(LABEL_MIN, ...labels) * CHAR + 24 : 0));
  }
  return starts;
}

function labelOf(row: TimelineRow): string {
  const label = `${row.step} ${row.text}`;
  return label.length > TEXT_MAX ? `${label.slice(0, TEXT_MAX - 1)}…` : label;
}

function columnHead(x: number, height: number, name: string, actor: string): string[] {
  return [
    `<text class="rh-head" x="${round(x + 12)}" y="16">${escaped(name)}</text>`,
    `<text class="rh-soft" x="${round(x + 12)}" y="31">${escaped(actor)}</text>`,
    `<line class="rh-life" x1="${round(x)}" y1="${HEAD - 6}" x2="${round(x)}" y2="${height - 6}"/>`,
  ];
}

/** Draws a band behind the rows during which a window is open. */
function windowBands(rows: readonly Shown[], width: number): string[] {
  return rows.flatMap(({ row }, i) =>
    row === undefined || row.windows.length === 0
      ? []
      : [
          `<rect class="rh-window" x="${MARGIN - 6}" y="${HEAD + i * ROW}" width="${round(width - MARGIN + 6)}" height="${ROW}"><title>${escaped(row.windows.join(', '))}</title></rect>`,
        ],
  );
}

function drawRow({ row, folded }: Shown, y: number, column: (cpu: number) => number): string[] {
  const base = y + 13;
  if (row === undefined) return [`<text class="rh-soft" x="${MARGIN + 12}" y="${base}">… ${folded} more</text>`];
  const x = column(row.cpu);
  const style = row.fails ? ' class="rh-fails"' : row.inInterrupt ? ' class="rh-irq"' : '';
  const tip = row.fn === '' ? '' : `<title>${escaped(`${row.fn}()`)}</title>`;
  return [
    `<text class="rh-soft" x="${MARGIN - 12}" y="${base}" text-anchor="end">${row.number}</text>`,
    `<rect class="rh-run" x="${round(x - 3)}" y="${y + 1}" width="6" height="${ROW - 2}"/>`,
    `<text${style} x="${round(x + 12)}" y="${base}">${escaped(labelOf(row))}${tip}</text>`,
  ];
}

/** Draws lines from one CPU to the next: solid if the records force the order, dashed if the search chose it. */
function switches(rows: readonly Shown[], column: (cpu: number) => number): string[] {
  const lines: string[] = [];
  let last: { cpu: number; i: number } | undefined;
  let order: TimelineRow['switched'] = null;
  for (const [i, { row }] of rows.entries()) {
    if (row === undefined) continue;
    order = row.switched ?? order;
    if (last !== undefined && last.cpu !== row.cpu) {
      const from = `${round(column(last.cpu))} ${HEAD + last.i * ROW + ROW / 2}`;
      const to = `${round(column(row.cpu))} ${HEAD + i * ROW + ROW / 2}`;
      lines.push(`<path class="rh-switch${order === 'forced' ? '' : ' rh-chosen'}" d="M${from}L${to}"/>`);
    }
    last = { cpu: row.cpu, i };
  }
  return lines;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

/** Escapes a name from evidence; characters that XML does not allow are written out. */
function escaped(text: string): string {
  return escapeXml(visible(text));
}
