/** A store with many rows, as a soak of some hours leaves it, that goes on being written. Called by page.ts and the tests of the page. */

import { packageVersion } from '../../harness/host/raceSource.js';
import { hostFacts } from '../../run/hostFacts.js';
import { SoakDatabase } from '../../soak/database.js';
import type { SoakRow } from '../../soak/row.js';
import { Store, type KeptEvidence } from '../../soak/store.js';
import { THIS_HOST } from '../../soak/sums.js';
import { writeInterval, writeSlice, writeSliceEnd } from '../../soak/writes.js';
import { MADE_BUDGET_MS, MADE_PACE, WHOLE, madeRows } from '../madeRows.js';

const INTERVAL_MS = 3000;
/** Every so many rows one that should hold has failed. */
const BAD_EVERY = 40;

/** A store while its soak runs. */
export class ManyRows {
  readonly store: Store;
  readonly ids: readonly number[];
  readonly #db: SoakDatabase;
  readonly #rows: readonly SoakRow[];
  readonly #session: number;
  #nowMs = 0;
  #slices = 0;

  private constructor(path: string, rows: readonly SoakRow[]) {
    this.#db = SoakDatabase.create(path);
    this.store = new Store(this.#db);
    this.store.begin({ name: 'many rows', seed: 1, budgetMs: MADE_BUDGET_MS, pace: MADE_PACE });
    this.ids = this.store.declare(rows);
    this.#session = this.store.claim({ version: packageVersion(), host: hostFacts() });
    this.#rows = rows;
  }

  /** Makes a store in which each row has had some intervals. */
  static async create(path: string, rows: number, intervals: number): Promise<ManyRows> {
    const many = new ManyRows(path, await madeRows(rows));
    // One write for all, which would take seconds one by one.
    many.#db.transaction(() => {
      for (let n = 0; n < intervals; n++) for (let i = 0; i < rows; i++) many.#write(i);
    });
    return many;
  }

  /** Writes a slice of one interval, as a soak does; the later, the more trials. */
  interval(i: number): void {
    this.#db.transaction(() => this.#write(i));
  }

  #write(i: number): void {
    const { expected } = this.#rows[i];
    const trials = 10_000 + 50 * i + (this.#slices % 7) * 100;
    const failures = expected === null ? (i % BAD_EVERY === BAD_EVERY - 1 ? 1 : 0) : Math.round(trials / 50);
    const startMs = this.#nowMs;
    this.#nowMs += INTERVAL_MS;
    const begun = { session: this.#session, row: this.ids[i], host: THIS_HOST, startMs, seed: this.#slices++ };
    const slice = writeSlice(this.#db, begun);
    writeInterval(this.#db, {
      slice,
      startMs,
      endMs: this.#nowMs,
      seconds: INTERVAL_MS / 1000,
      trials,
      failures,
      nearMisses: 5,
      outcomes: failures === 0 ? [] : [{ signature: expected ?? 'livelock', count: failures }],
      rssMb: 90 + (this.#slices % 5),
    });
    writeSliceEnd(this.#db, slice, WHOLE);
  }

  /** Adds a row, as new code of a race does. Returns its id. */
  declareOne(name: string): number {
    return this.store.declare([{ ...this.#rows.at(-1)!, name }])[0];
  }

  /** Keeps a failure of a row. */
  evidence(i: number, kept: Omit<KeptEvidence, 'row'>): void {
    const slice = this.store.beginSlice(this.#session, this.ids[i], this.#nowMs, this.#slices++);
    this.store.keepEvidence(slice, { ...kept, row: this.ids[i] }, 3);
  }

  end(): void {
    this.store.end(this.#session, 'made', false);
  }
}
