/** Shows how many rows have been searched: a line on stderr. Used by verify.ts and mutants.ts. */

import { counted, formatCount } from '../../report/format/numbers.js';
import type { LiveLines } from '../output.js';

const REWRITE_MS = 200;
const LINE_EVERY_MS = 10_000;

/** One line, rewritten on a terminal, every ten seconds elsewhere. */
export class SearchLine {
  readonly #lines: LiveLines;
  readonly #now: () => number;
  #shownMs: number;

  /** `now`: milliseconds on a clock. */
  constructor(lines: LiveLines, now: () => number = () => performance.now()) {
    this.#lines = lines;
    this.#now = now;
    this.#shownMs = now();
  }

  update(done: number, all: number): void {
    const now = this.#now();
    if (now - this.#shownMs < (this.#lines.isLive ? REWRITE_MS : LINE_EVERY_MS)) return;
    this.#shownMs = now;
    this.#lines.show([`all states: ${formatCount(done)} of ${counted(all, 'row')} searched`]);
  }

  end(): void {
    this.#lines.clear();
  }
}
