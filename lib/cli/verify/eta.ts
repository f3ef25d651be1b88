/** Estimates how long a verification still takes. Called by verify.ts. */

import type { ReadyRow } from '../../run/rows.js';
import { expectedOutcome } from '../../race/expectation.js';

/** Rows that should fail end early, the others take their budget: each kind has its mean. */
export class Eta {
  readonly #now: () => number;
  #lastMs: number;
  readonly #budgetMs: number;
  readonly #left = { fail: 0, hold: 0 };
  readonly #took = { fail: { rows: 0, ms: 0 }, hold: { rows: 0, ms: 0 } };

  /** `now`: milliseconds on a clock. */
  constructor(rows: readonly ReadyRow[], now: () => number = () => performance.now()) {
    this.#now = now;
    this.#lastMs = now();
    this.#budgetMs = rows[0]?.request.durationMs ?? 0;
    for (const row of rows) this.#left[kindOf(row)]++;
  }

  /** Called when a row has ended; `fails`: whether it should fail. */
  ended(fails: boolean): void {
    const kind = fails ? 'fail' : 'hold';
    const now = this.#now();
    this.#took[kind].rows++;
    this.#took[kind].ms += now - this.#lastMs;
    this.#left[kind]--;
    this.#lastMs = now;
  }

  /** Returns the milliseconds that are left: for rows of a kind that none has ended of, their whole budget. */
  leftMs(): number {
    const ofKind = (kind: 'fail' | 'hold'): number => {
      const { rows, ms } = this.#took[kind];
      return this.#left[kind] * (rows === 0 ? this.#budgetMs : ms / rows);
    };
    return Math.max(0, ofKind('fail') + ofKind('hold') - (this.#now() - this.#lastMs));
  }
}

function kindOf({ race, request: { plan } }: ReadyRow): 'fail' | 'hold' {
  return expectedOutcome(race, plan.variant, plan.knobs, plan.memory) === null ? 'hold' : 'fail';
}
