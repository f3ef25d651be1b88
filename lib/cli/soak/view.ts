/** What a person sees of a running soak, on stderr. */

import { isJavaScript } from '../../race/kinds.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../../report/format/numbers.js';
import { zeroFailureBound } from '../../statistics/statistics.js';
import { sparkline } from '../../report/format/sparkline.js';
import type { SoakRow } from '../../soak/row.js';
import type { SoakView } from '../../soak/soak.js';
import type { LiveLines } from '../output.js';

const REDRAW_MS = 500;
const LINE_EVERY_MS = 60_000;
const RATE_SAMPLES = 16;

/** On a terminal a table of all rows, redrawn twice a second; elsewhere a line a minute. */
export class SoakScreen {
  readonly #lines: LiveLines;
  #rows: readonly SoakRow[];
  /** Trials a second of each row's last slices, the newest last. */
  readonly #rates: number[][];
  #last: SoakView | undefined;
  #lastError = 'none';
  #nextMs = 0;

  constructor(lines: LiveLines, rows: readonly SoakRow[]) {
    this.#lines = lines;
    this.#rows = rows;
    this.#rates = rows.map(() => []);
  }

  /** Call as often as you like. `rows`: those that are hammered now, in the places that the first ones had. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#rows = rows;
    if (this.#last !== undefined && this.#last.row !== view.row) this.#noteRate(this.#last);
    this.#last = view;
    const now = performance.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + (this.#lines.isLive ? REDRAW_MS : LINE_EVERY_MS);
    if (this.#lines.isLive) this.#draw(view);
    else this.#lines.show([statusLine(view, this.#rows)]);
  }

  /** A line that stays. */
  event(kind: string, text: string): void {
    if (kind === 'harness error') this.#lastError = text.split('\n')[0];
    this.#lines.keep([`${kind}: ${text}`]);
  }

  end(): void {
    this.#lines.clear();
  }

  #noteRate({ row, slice, sliceSeconds }: SoakView): void {
    const rates = this.#rates[row];
    rates.push(sliceSeconds > 0 ? slice.trials / sliceSeconds : 0);
    if (rates.length > RATE_SAMPLES) rates.shift();
  }

  #draw(view: SoakView): void {
    // Besides the rows: two lines of state, the heads of the columns, the last hang and the last error.
    const room = Math.max(3, this.#lines.height - 6);
    const table = new RowTable(this.#lines.width, this.#rows);
    this.#lines.show([
      ...stateLines(view, this.#rows),
      table.head,
      ...this.#shown(view, room).map((i) => table.line(view, i, this.#rows[i], this.#rates[i])),
      `last hang: ${this.#hangWords(view)}`,
      `last harness error: ${this.#lastError}`,
    ]);
  }

  /** Returns the rows that are shown: those that should hold and have failed, then those around the running one. */
  #shown(view: SoakView, room: number): number[] {
    const failed = this.#rows.flatMap((row, i) => (hasFailed(row, view.rows[i]) ? [i] : [])).slice(0, room >> 1);
    const others = this.#rows.map((_, i) => i).filter((i) => !failed.includes(i));
    const left = room - failed.length;
    const running = Math.max(
      0,
      others.findIndex((i) => i >= view.row),
    );
    const first = Math.max(0, Math.min(running - (left >> 1), others.length - left));
    return [...failed, ...others.slice(first, first + left)];
  }

  #hangWords({ lastHang }: SoakView): string {
    if (lastHang === null) return 'none';
    const { race, name } = this.#rows[lastHang.row];
    return `${lastHang.signature} at ${formatSeconds(lastHang.elapsedMs / 1000)} (${race.name}, ${name})`;
  }
}

/** What a row has counted so far. */
type Counted = SoakView['rows'][number];

/** Whether a row that should hold has failed. */
function hasFailed({ expected }: SoakRow, { failures }: Counted): boolean {
  return expected === null && failures > 0;
}

const EXPECTED_WIDTH = 4;
const COUNT_WIDTH = 13;
const RATE_WIDTH = 9;
const NAME_MAX = 52;
/** Below this width there is no room for near misses and speeds. */
const WIDE = 110;

/** The columns of the rows: the name gets what the figures leave. */
class RowTable {
  readonly #name: number;
  readonly #isWide: boolean;
  readonly #hasWindows: boolean;

  constructor(width: number, rows: readonly SoakRow[]) {
    this.#hasWindows = rows.some(({ race }) => !isJavaScript(race));
    this.#isWide = width >= WIDE;
    const more = this.#isWide ? 1 + COUNT_WIDTH + 1 + RATE_SAMPLES : 0;
    const figures = 2 + 1 + EXPECTED_WIDTH + 2 * (1 + COUNT_WIDTH) + 1 + RATE_WIDTH + more;
    this.#name = Math.max(8, Math.min(NAME_MAX, width - figures));
  }

  get head(): string {
    return this.#drawn(' ', 'row', '', 'trials', 'failures', 'per trial', this.#hasWindows ? 'near misses' : '', '');
  }

  /** `>` is the running row, `!` one that should hold and has failed. */
  line(view: SoakView, i: number, row: SoakRow, rates: readonly number[]): string {
    const counts = view.rows[i];
    const { trials, failures, nearMisses } = counts;
    return this.#drawn(
      hasFailed(row, counts) ? '!' : i === view.row ? '>' : ' ',
      `${row.race.name}, ${row.name}`,
      row.expected === null ? 'hold' : 'fail',
      formatCount(trials),
      formatCount(failures),
      rateCell(counts),
      isJavaScript(row.race) ? '' : formatCount(nearMisses),
      sparkline(rates),
    );
  }

  #drawn(mark: string, name: string, expected: string, ...figures: readonly string[]): string {
    const [trials, failures, rate, near, spark] = figures;
    const cut = name.length <= this.#name ? name : `${name.slice(0, this.#name - 1)}…`;
    return [
      mark,
      cut.padEnd(this.#name),
      expected.padEnd(EXPECTED_WIDTH),
      trials.padStart(COUNT_WIDTH),
      failures.padStart(COUNT_WIDTH),
      rate.padStart(RATE_WIDTH),
      ...(this.#isWide ? [near.padStart(COUNT_WIDTH), spark] : []),
    ]
      .join(' ')
      .trimEnd();
  }
}

/** Returns the failures per trial, or the bound below which they are. */
function rateCell({ trials, failures }: Counted): string {
  if (trials === 0) return '-';
  return failures > 0 ? formatProbability(failures / trials) : `< ${formatProbability(zeroFailureBound(trials))}`;
}

/** Returns the state of a soak in two lines, what matters most in front. */
function stateLines(view: SoakView, rows: readonly SoakRow[]): string[] {
  const { time, left, running, failures, memory } = stateOf(view, rows);
  return [[`${time}, ${left}`, failures, memory].join('; '), running];
}

/** Returns "2h 03m of 60h; xen-pin, merged fix: 12,345 trials, 210 k/s; 5 failures in all; 142 MB; 57h 57m left". */
export function statusLine(view: SoakView, rows: readonly SoakRow[]): string {
  const { time, left, running, failures, memory } = stateOf(view, rows);
  return [time, running, failures, memory, left].join('; ');
}

function stateOf(view: SoakView, rows: readonly SoakRow[]) {
  const { race, name } = rows[view.row];
  const { trials } = view.rows[view.row];
  const failures = view.rows.reduce((n, row, i) => n + (rows[i].expected === null ? row.failures : 0), 0);
  return {
    time: `${formatSeconds(view.elapsedMs / 1000)} of ${formatSeconds(view.budgetMs / 1000)}`,
    left: `${formatSeconds(Math.max(0, view.budgetMs - view.elapsedMs) / 1000)} left`,
    running: `${race.name}, ${name}: ${counted(trials, 'trial')}, ${view.sliceSeconds > 0 ? formatRate(view.slice.trials / view.sliceSeconds) : '-'}`,
    failures: `${counted(failures, 'failure')} of rows that should hold`,
    memory: `${view.rssMb === null ? '-' : view.rssMb.toFixed(0)} MB${view.isBehind ? ', NOT WRITTEN' : ''}`,
  };
}
