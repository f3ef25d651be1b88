/** Turns the running totals of a slice into the difference since the last checkpoint. Used by sliceBook.ts. */

import type { Totals } from '../harness/host/run.js';
import type { Delta } from './store.js';

/** No counts. */
export const NOTHING: Delta = { seconds: 0, trials: 0, failures: 0, nearMisses: 0, outcomes: new Map() };

/** Keeps the last counts of a slice. */
export class SliceCounter {
  #before: Delta = NOTHING;

  /** Returns the counts since the last call. */
  since(totals: Totals, seconds: number): Delta {
    const now: Delta = {
      seconds,
      trials: totals.trials,
      failures: totals.failures,
      nearMisses: totals.nearMisses,
      outcomes: new Map(totals.outcomes.map(({ signature, count }) => [signature, count])),
    };
    const before = this.#before;
    this.#before = now;
    return {
      seconds: now.seconds - before.seconds,
      trials: now.trials - before.trials,
      failures: now.failures - before.failures,
      nearMisses: now.nearMisses - before.nearMisses,
      outcomes: new Map(
        [...now.outcomes].map(([signature, count]) => [signature, count - (before.outcomes.get(signature) ?? 0)]),
      ),
    };
  }
}
