/** Shows the progress of a run on stderr; stdout belongs to the result. Called by `run` and `verify`. */

import type { ProgressView, RunLimit } from '../run/view.js';
import type { Totals } from '../harness/host/run.js';
import { counted, formatRate, formatSeconds } from '../report/format/numbers.js';
import type { LiveLines } from './output.js';

const REWRITE_MS = 200;
const LINE_EVERY_MS = 10_000;

/** On a terminal one line, rewritten about five times a second; elsewhere a plain line every ten seconds. */
export class ProgressLine implements ProgressView {
  readonly #lines: LiveLines;
  readonly #title: string;
  readonly #limit: RunLimit;
  readonly #whole: () => string;
  #nextMs: number;

  /** `whole`: what is said in front of the run, of all of which it is a part. */
  constructor(lines: LiveLines, title: string, limit: RunLimit, whole: () => string = () => '') {
    this.#lines = lines;
    this.#title = title;
    this.#limit = limit;
    this.#whole = whole;
    this.#nextMs = lines.isLive ? 0 : LINE_EVERY_MS;
  }

  /** May be called at any time. */
  update(totals: Totals, seconds: number): void {
    const ms = seconds * 1000;
    if (ms < this.#nextMs) return;
    this.#nextMs = ms + (this.#lines.isLive ? REWRITE_MS : LINE_EVERY_MS);
    this.#lines.show([`${this.#whole()}${this.#title}: ${progressWords(totals, seconds, this.#limit)}`]);
  }

  /** Leaves the terminal's line empty for what comes next. */
  end(): void {
    this.#lines.clear();
  }
}

/** Returns "1,234,567 trials, 181 k/s; 5,866 failures, 2.9 k/s; 1.2 s left". */
export function progressWords(totals: Totals, seconds: number, limit: RunLimit): string {
  const { trials, failures } = totals;
  const wanted = Math.min(limit.trials, limit.claimTrials?.(failures) ?? Infinity);
  const left = Math.min((wanted - trials) / (trials / seconds), limit.durationMs / 1000 - seconds);
  return (
    `${counted(trials, 'trial')}, ${formatRate(trials / seconds)}; ` +
    `${counted(failures, 'failure')}, ${formatRate(failures / seconds)}; ${formatSeconds(Math.max(0, left))} left`
  );
}
