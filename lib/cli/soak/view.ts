/** What a person sees of a running soak, on stderr. */

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
    const room = Math.max(3, this.#lines.height - 4);
    // The rows around the running one, if not all fit.
    const first = Math.max(0, Math.min(view.row - (room >> 1), this.#rows.length - room));
    this.#lines.show([
      statusLine(view, this.#rows),
      ...this.#rows.slice(first, first + room).map((_, k) => this.#line(view, first + k)),
      `last hang: ${this.#hangWords(view)}; last harness error: ${this.#lastError}`,
    ]);
  }

  #line(view: SoakView, i: number): string {
    const { race, name, expected } = this.#rows[i];
    const { trials, failures, nearMisses } = view.rows[i];
    const bound = trials > 0 && failures === 0 ? `< ${formatProbability(zeroFailureBound(trials))}` : '';
    return [
      i === view.row ? '>' : ' ',
      `${race.name}, ${name}`.padEnd(52).slice(0, 52),
      (expected === null ? 'hold' : 'fail').padEnd(5),
      `${formatCount(trials).padStart(15)} ${trials === 1 ? 'trial' : 'trials'}`,
      `${formatCount(failures).padStart(12)} ${failures === 1 ? 'failure' : 'failures'}`,
      bound.padStart(10),
      `${formatCount(nearMisses).padStart(13)} near`,
      sparkline(this.#rates[i]),
    ].join(' ');
  }

  #hangWords({ lastHang }: SoakView): string {
    if (lastHang === null) return 'none';
    const { race, name } = this.#rows[lastHang.row];
    return `${lastHang.signature} at ${formatSeconds(lastHang.elapsedMs / 1000)} (${race.name}, ${name})`;
  }
}

/** Returns "2h 03m of 60h; xen-pin, merged fix: 12,345 trials, 210 k/s; 5 failures in all; 142 MB; 57h 57m left". */
export function statusLine(view: SoakView, rows: readonly SoakRow[]): string {
  const { race, name } = rows[view.row];
  const failures = view.rows.reduce((n, row, i) => n + (rows[i].expected === null ? row.failures : 0), 0);
  return [
    `${formatSeconds(view.elapsedMs / 1000)} of ${formatSeconds(view.budgetMs / 1000)}`,
    `${race.name}, ${name}: ${counted(view.rows[view.row].trials, 'trial')}, ${view.sliceSeconds > 0 ? formatRate(view.slice.trials / view.sliceSeconds) : '-'}`,
    `${counted(failures, 'failure')} of rows that should hold`,
    `${view.rssMb === null ? '-' : view.rssMb.toFixed(0)} MB${view.isBehind ? ', NOT WRITTEN' : ''}`,
    `${formatSeconds(Math.max(0, view.budgetMs - view.elapsedMs) / 1000)} left`,
  ].join('; ');
}
