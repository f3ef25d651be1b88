import type { Totals } from '../harness/host/run.js';
import type { Delta } from './store.js';

/** What is counted in no time. */
export const NOTHING: Delta = { seconds: 0, trials: 0, failures: 0, nearMisses: 0, outcomes: new Map() };

/** Turns the running counts of a slice into what came since the last look. */
export class SliceCounter {
  #before: Delta = NOTHING;

  /** What has been counted since the last call. */
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
