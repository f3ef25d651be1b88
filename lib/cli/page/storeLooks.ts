/**
 * What a store holds while it is being written, for page and figures: read anew only when something was written, and only as often as
 * takes a small share of a core. Called by livePage.ts, soak/metrics.ts and fleet/page.ts.
 */

import { ownRanMs } from '../../harness/host/threadTime.js';
import type { LiveWorker, SoakHistory } from '../../report/soak/document.js';
import { soakDocumentOf } from '../../soak/document.js';
import type { Store } from '../../soak/store.js';
import { isOfSqlite } from '../../soak/trouble.js';

export const PAGE_EVENTS = 100;
/** What lies between two looks: so much at least, and so many times the CPU time that a look takes. */
interface LookPace {
  readonly leastMs: number;
  readonly times: number;
}

const PACE: LookPace = { leastMs: 1000, times: 120 };

/** A store at one moment. */
export interface Look {
  readonly history: SoakHistory;
  /** The id of the newest event; 0 without one. */
  readonly event: number;
}

/** Looks at one store. */
export class StoreLooks {
  readonly store: Store;
  readonly #pace: LookPace;
  /** What the workers of a fleet do; undefined for the soak of one machine. */
  readonly #workers: () => readonly LiveWorker[] | undefined;
  #last: Look | null = null;
  #changes = -1;
  #workersThen = '';
  #notBeforeMs = 0;

  constructor(store: Store, workers: () => readonly LiveWorker[] | undefined = () => undefined, pace = PACE) {
    this.#pace = pace;
    this.store = store;
    this.#workers = workers;
  }

  /** Returns the newest look; null if the store cannot be read. Compare it with the one before to know whether it is new. */
  look(): Look | null {
    if (performance.now() < this.#notBeforeMs) return this.#last;
    const begunMs = ownRanMs();
    try {
      const changes = this.store.changes();
      const workers = JSON.stringify(this.#workers() ?? null);
      if (changes === this.#changes && workers === this.#workersThen) return this.#last;
      this.#last = this.#lookNow();
      this.#changes = changes;
      this.#workersThen = workers;
    } catch (error) {
      // Another program has it locked, or its disk is gone: the next look may succeed.
      if (!isOfSqlite(error)) throw error;
    }
    const { leastMs, times } = this.#pace;
    this.#notBeforeMs = performance.now() + Math.max(leastMs, times * (ownRanMs() - begunMs));
    return this.#last;
  }

  #lookNow(): Look {
    const { store } = this;
    const workers = this.#workers();
    return store.look(() => {
      return {
        history: {
          soak: soakDocumentOf(store, PAGE_EVENTS),
          stretches: store.stretches(),
          classes: store.classesOverTime(),
          bySession: store.bySession(),
          timelines: [],
          path: store.path,
          ...(workers === undefined ? {} : { workers }),
        },
        event: store.eventsAfter(0, 1).at(-1)?.id ?? 0,
      };
    });
  }
}
