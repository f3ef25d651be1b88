import { SoakDatabase, StoreError } from './database.js';
import { isAlive, self, type Owner } from './owner.js';
import { keyOf, type Pace, type SoakRow } from './row.js';

/** A campaign as it stands in its store. */
export interface Campaign {
  readonly name: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly seed: number;
  readonly budgetMs: number;
  readonly pace: Pace;
  /** Time that the soak has run, all its sessions together. */
  readonly elapsedMs: number;
  /** Null until its budget is used up. */
  readonly endedAt: number | null;
}

/** What a slice has counted since its last interval. */
export interface Delta {
  readonly seconds: number;
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** One interval of a slice: from where to where in the soak, and what was counted. */
export interface IntervalRecord extends Delta {
  readonly slice: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly rssMb: number;
}

/** Sums of one row over the whole campaign. */
export interface RowTotals {
  readonly id: number;
  readonly key: string;
  readonly race: string;
  readonly typed: string;
  readonly name: string;
  readonly variant: string;
  /** As JSON. */
  readonly knobs: string;
  readonly cpus: number;
  readonly sync: string;
  readonly expected: string | null;
  readonly weight: number;
  readonly repeat: string;
  readonly slices: number;
  readonly spentMs: number;
  readonly seconds: number;
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly harnessErrors: number;
  /** When the expected failure was last counted, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  /** When the last slice began that was not cut off, in milliseconds of the soak; null if there was none. */
  readonly triedAtMs: number | null;
  readonly outcomes: readonly { readonly signature: string; readonly count: number }[];
}

export interface EvidenceRecord {
  readonly row: number;
  readonly signature: string;
  readonly report: string;
}

/** A failure on its way into the store, with the bytes of its evidence file if it left records. */
export interface KeptEvidence extends EvidenceRecord {
  readonly file: Buffer | null;
}

export interface EventRecord {
  readonly at: number;
  readonly elapsedMs: number;
  readonly kind: string;
  readonly text: string;
}

/** The memory of a soak. Every method is one transaction: after a crash the file is as it was before it or behind it. */
export class Store {
  readonly #db: SoakDatabase;

  constructor(db: SoakDatabase) {
    this.#db = db;
  }

  get path(): string {
    return this.#db.path;
  }

  /** Begins a campaign in a new file. */
  begin(campaign: Pick<Campaign, 'name' | 'seed' | 'budgetMs' | 'pace'>): void {
    const { name, seed, budgetMs, pace } = campaign;
    this.#db.insert('campaign', {
      id: 1,
      name,
      at: Date.now(),
      seed,
      budget_ms: budgetMs,
      slice_ms: pace.sliceMs,
      prove_every_ms: pace.proveEveryMs,
    });
  }

  campaign(): Campaign {
    const found = this.#db.get('SELECT * FROM campaign') as Record<string, never> | undefined;
    if (found === undefined) throw new StoreError(`store ${this.path}: holds no campaign`);
    const { name, at, seed, budget_ms, slice_ms, prove_every_ms, elapsed_ms, ended_at } = found;
    const pace = { sliceMs: slice_ms, proveEveryMs: prove_every_ms };
    return { name, at, seed, budgetMs: budget_ms, pace, elapsedMs: elapsed_ms, endedAt: ended_at };
  }

  /** Another budget for a campaign that goes on. */
  setBudget(budgetMs: number): void {
    this.#db.run('UPDATE campaign SET budget_ms = ?, ended_at = NULL', budgetMs);
  }

  /**
   * Makes this process the one that writes. The claim of a process that is gone is taken over. Returns the id of the new
   * session. Throws StoreError if another process has the store.
   */
  claim(): number {
    return this.#db.transaction(() => {
      const holder = this.#db.get('SELECT host, pid, started FROM owner') as Owner | undefined;
      if (holder !== undefined && isAlive(holder)) {
        throw new StoreError(`store ${this.path}: process ${holder.pid} on ${holder.host} is soaking into it`);
      }
      const { host, pid, started } = self();
      this.#db.run('DELETE FROM owner');
      this.#db.insert('owner', { id: 1, host, pid, started });
      const at = Date.now();
      this.#db.run("UPDATE session SET ended_at = ?, reason = 'lost' WHERE ended_at IS NULL", at);
      if (holder !== undefined)
        this.#event(`process ${holder.pid} is gone; its session ends with its last interval`, 'taken over');
      return this.#db.insert('session', { at, pid, host });
    });
  }

  /** Who writes now; undefined if nobody does, or whoever did is gone. */
  owner(): Owner | undefined {
    const holder = this.#db.get('SELECT host, pid, started FROM owner') as Owner | undefined;
    return holder !== undefined && isAlive(holder) ? holder : undefined;
  }

  /** Gives the store up and closes it. `done`: the budget is used up. */
  end(session: number, reason: string, done: boolean): void {
    this.#db.transaction(() => {
      this.#db.run('UPDATE session SET ended_at = ?, reason = ? WHERE id = ?', Date.now(), reason, session);
      if (done) this.#db.run('UPDATE campaign SET ended_at = ?', Date.now());
      this.#db.run('DELETE FROM owner');
    });
    this.#db.close();
  }

  /** Closes a store that was only looked at. */
  release(): void {
    this.#db.release();
  }

  /** Sees to it that the store knows these rows; returns their ids in the same order. */
  declare(rows: readonly SoakRow[]): number[] {
    return this.#db.transaction(() => rows.map((row) => this.#idOf(row)));
  }

  #idOf(row: SoakRow): number {
    const { race, typed, name, plan, weight, expected, repeat } = row;
    const key = keyOf(row);
    const known = this.#db.get('SELECT id FROM row WHERE key = ?', key) as { id: number } | undefined;
    if (known !== undefined) return known.id;
    return this.#db.insert('row', {
      key,
      race: race.name,
      typed,
      name,
      variant: plan.variant,
      knobs: JSON.stringify(plan.knobs),
      cpus: plan.cpus,
      machines: plan.machines,
      sync: plan.sync,
      weight,
      expected,
      repeat,
    });
  }

  beginSlice(session: number, row: number, startMs: number, seed: number): number {
    return this.#db.insert('slice', { session, row, at: Date.now(), start_ms: startMs, seed });
  }

  /** One interval, with its outcomes and the time of the soak, all at once. */
  checkpoint(record: IntervalRecord): void {
    this.#db.transaction(() => {
      const interval = this.#db.insert('interval', {
        slice: record.slice,
        start_ms: record.startMs,
        end_ms: record.endMs,
        seconds: record.seconds,
        trials: record.trials,
        failures: record.failures,
        near_misses: record.nearMisses,
        rss_mb: record.rssMb,
      });
      for (const [signature, count] of Object.entries(record.outcomes)) {
        if (count > 0) this.#db.insert('outcome', { interval, signature, count });
      }
      this.#db.run('UPDATE campaign SET elapsed_ms = ?', record.endMs);
    });
  }

  /** Slices that do not come to this have been lost with their process. */
  endSlice(slice: number, end: 'whole' | 'cut', harnessError: string | null): void {
    this.#db.run(
      'UPDATE slice SET ended = ?, harness_error = ? WHERE id = ?',
      end === 'whole' ? 1 : 2,
      harnessError,
      slice,
    );
  }

  /** Keeps a report unless the row has `most` of its signature already. */
  keepEvidence(slice: number, evidence: KeptEvidence, most: number): void {
    this.#db.transaction(() => {
      const { row, signature, report, file } = evidence;
      const kept = this.#db.get(
        'SELECT count(*) AS n FROM evidence WHERE row = ? AND signature = ?',
        row,
        signature,
      ) as { n: number } | undefined;
      if ((kept?.n ?? 0) < most) this.#db.insert('evidence', { slice, row, signature, report, file });
    });
  }

  evidence(): EvidenceRecord[] {
    return this.#db.all('SELECT row, signature, report FROM evidence ORDER BY id') as EvidenceRecord[];
  }

  /** The evidence files that are kept, whole. */
  evidenceFiles(): Buffer[] {
    const rows = this.#db.all('SELECT file FROM evidence WHERE file IS NOT NULL ORDER BY id') as { file: Uint8Array }[];
    return rows.map(({ file }) => Buffer.from(file));
  }

  /** Notes something that happened to the soak as a whole. */
  event(kind: string, text: string): void {
    this.#event(text, kind);
  }

  #event(text: string, kind: string): void {
    this.#db.insert('event', { at: Date.now(), elapsed_ms: this.campaign().elapsedMs, kind, text });
  }

  /** The newest events, the newest last. */
  events(most: number): EventRecord[] {
    const sql = 'SELECT at, elapsed_ms AS elapsedMs, kind, text FROM event ORDER BY id DESC LIMIT ?';
    return (this.#db.all(sql, most) as EventRecord[]).toReversed();
  }

  /** What every row has come to. */
  totals(): RowTotals[] {
    const rows = this.#db.all(TOTALS) as Omit<RowTotals, 'outcomes'>[];
    const outcomes = this.#db.all(OUTCOMES) as { row: number; signature: string; count: number }[];
    return rows.map((row) => ({
      ...row,
      outcomes: outcomes.filter((o) => o.row === row.id).map(({ signature, count }) => ({ signature, count })),
    }));
  }
}

const TOTALS = `
  SELECT row.id, key, race, typed, name, variant, knobs, cpus, sync, expected, weight, repeat,
    (SELECT count(*) FROM slice WHERE slice.row = row.id) AS slices,
    (SELECT count(*) FROM slice WHERE slice.row = row.id AND harness_error IS NOT NULL) AS harnessErrors,
    coalesce(sum(interval.end_ms - interval.start_ms), 0) AS spentMs,
    coalesce(sum(interval.seconds), 0) AS seconds,
    coalesce(sum(interval.trials), 0) AS trials,
    coalesce(sum(interval.failures), 0) AS failures,
    coalesce(sum(interval.near_misses), 0) AS nearMisses,
    (SELECT max(i.end_ms) FROM outcome o JOIN interval i ON i.id = o.interval JOIN slice s ON s.id = i.slice
      WHERE s.row = row.id AND o.signature = row.expected) AS provedAtMs,
    (SELECT max(start_ms) FROM slice WHERE slice.row = row.id AND ended = 1) AS triedAtMs
  FROM row LEFT JOIN slice ON slice.row = row.id LEFT JOIN interval ON interval.slice = slice.id
  GROUP BY row.id ORDER BY row.id`;

const OUTCOMES = `
  SELECT slice.row AS row, signature, sum(count) AS count
  FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
  GROUP BY slice.row, signature ORDER BY slice.row, signature`;
