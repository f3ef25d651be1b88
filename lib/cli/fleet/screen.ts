/** What a person sees of a running hub, on stderr. Used by hub.ts. */

import type { HubView } from '../../fleet/hub.js';
import { counted, formatSeconds } from '../../report/format/numbers.js';
import type { LiveLines } from '../output.js';

const REDRAW_MS = 500;
const LINE_EVERY_MS = 60_000;

/** One line about the fleet: on a terminal redrawn twice a second, elsewhere once a minute. */
export class HubScreen {
  readonly #lines: LiveLines;
  #nextMs = 0;

  constructor(lines: LiveLines) {
    this.#lines = lines;
  }

  update(view: HubView): void {
    const now = performance.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + (this.#lines.isLive ? REDRAW_MS : LINE_EVERY_MS);
    this.#lines.show([hubLine(view)]);
  }

  /** A line that stays. */
  event(kind: string, text: string): void {
    this.#lines.keep([`${kind}: ${text}`]);
  }

  end(): void {
    this.#lines.clear();
  }
}

/** Returns "2h 03m of 60h, running; 12 workers, 10 hammer; 24 slices wait; 12,345 trials, 5 failures of rows that should hold". */
export function hubLine({ elapsedMs, budgetMs, state, workers, slices, figures, rows, isBehind }: HubView): string {
  const all = figures.all();
  const trials = all.reduce((n, one) => n + one.trials, 0);
  const holding = new Set(rows.filter(({ row }) => row.expected === null).map(({ id }) => id));
  const failures = all.reduce((n, one) => n + (holding.has(one.row) ? one.failures : 0), 0);
  const busy = workers.filter(({ doing }) => doing === 'hammering').length;
  return [
    `${formatSeconds(elapsedMs / 1000)} of ${formatSeconds(budgetMs / 1000)}, ${state}`,
    `${counted(workers.length, 'worker')}, ${busy} ${busy === 1 ? 'hammers' : 'hammer'}`,
    `${counted(slices.waiting, 'slice')} ${slices.waiting === 1 ? 'waits' : 'wait'}`,
    `${counted(trials, 'trial')}, ${counted(failures, 'failure')} of rows that should hold`,
    ...(isBehind ? ['NOT WRITTEN'] : []),
  ].join('; ');
}
