/**
 * Writes the results of a soak into the store, and keeps them in memory while that cannot be written. Used by soak.ts
 * and sliceBook.ts.
 */

import { NO_COUNTS, plus, sumOfCounts, type Counts, type FailureCounts } from '../statistics/counts.js';
import type { ClassRecord, SampledTrials } from './classes.js';
import { EVIDENCE_MAX } from './fleetRecords.js';
import type { IntervalRecord, KeptEvidence, SliceEnd, Store } from './store.js';
import { writeTrouble } from './trouble.js';

/** A slice that is being written; its id is null until the store could be written. */
export interface OpenSlice {
  readonly row: number;
  id: number | null;
}

interface Entry {
  /** Null unless the entry is an interval: only intervals of one slice are merged. */
  interval: IntervalRecord | null;
  readonly slice: OpenSlice | null;
  write(store: Store): void;
}

/**
 * Writes to the store in order. Entries that cannot be written now wait in memory, and waiting intervals of one slice are merged.
 * Nothing is written twice, and nothing is lost as long as the process lives.
 */
export class Ledger {
  readonly #store: Store;
  readonly #session: number;
  readonly #pending: Entry[] = [];
  /** Called with the reason when writing fails, and with null when everything is written again. */
  readonly #onTrouble: (trouble: string | null) => void;
  #trouble: string | null = null;

  constructor(store: Store, session: number, onTrouble: (trouble: string | null) => void) {
    this.#store = store;
    this.#session = session;
    this.#onTrouble = onTrouble;
  }

  /** Whether entries wait to be written. */
  get isBehind(): boolean {
    return this.#pending.length > 0;
  }

  /** Returns the trials and failures of all waiting entries. */
  waiting(): FailureCounts {
    const { trials, failures } = sumOfCounts(this.#pending.map(({ interval }) => interval ?? NO_COUNTS));
    return { trials, failures };
  }

  beginSlice(row: number, startMs: number, seed: number): OpenSlice {
    const slice: OpenSlice = { row, id: null };
    this.#write({
      interval: null,
      slice,
      write: (store) => {
        slice.id = store.beginSlice(this.#session, row, startMs, seed);
      },
    });
    return slice;
  }

  interval(slice: OpenSlice, startMs: number, endMs: number, counts: Counts, rssMb: number | null): void {
    const last = this.#pending.at(-1);
    if (last?.interval != null && last.slice === slice) {
      last.interval = { ...last.interval, ...plus(last.interval, counts), endMs, rssMb };
      this.flush();
      return;
    }
    const entry: Entry = {
      interval: { ...counts, slice: 0, startMs, endMs, rssMb },
      slice,
      write: (store) => {
        if (entry.interval !== null) store.checkpoint({ ...entry.interval, slice: idOf(slice) });
      },
    };
    this.#write(entry);
  }

  endSlice(slice: OpenSlice, end: SliceEnd): void {
    this.#write({ interval: null, slice, write: (store) => store.endSlice(idOf(slice), end) });
  }

  keepEvidence(slice: OpenSlice, evidence: KeptEvidence): void {
    this.#write({ interval: null, slice, write: (store) => store.keepEvidence(idOf(slice), evidence, EVIDENCE_MAX) });
  }

  beginClasses(row: number, record: ClassRecord): void {
    this.#write({ interval: null, slice: null, write: (store) => store.beginClasses(row, record) });
  }

  classesMet(row: number, classes: readonly string[], elapsedMs: number): void {
    this.#write({ interval: null, slice: null, write: (store) => store.classesMet(row, classes, elapsedMs) });
  }

  classesSampled(row: number, counts: SampledTrials): void {
    this.#write({ interval: null, slice: null, write: (store) => store.classesSampled(row, counts) });
  }

  event(kind: string, text: string): void {
    this.#write({ interval: null, slice: null, write: (store) => store.event(kind, text) });
  }

  /** Tries to write the waiting entries. */
  flush(): void {
    while (this.#pending.length > 0) {
      const [next] = this.#pending;
      try {
        next.write(this.#store);
      } catch (error) {
        const trouble = writeTrouble(error);
        if (trouble === null) throw error;
        this.#tell(trouble);
        return;
      }
      this.#pending.shift();
    }
    this.#tell(null);
  }

  #write(entry: Entry): void {
    this.#pending.push(entry);
    this.flush();
  }

  #tell(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }
}

function idOf(slice: OpenSlice): number {
  if (slice.id === null) throw new Error('an entry of a slice is written before the slice');
  return slice.id;
}
