/**
 * Reads and writes the store of a soak: campaign, rows, slices, evidence, events. Used by soak.ts (through ledger.ts)
 * and by the `soak` commands.
 */

import { HEAD_MAX, contentHash } from '../evidence/evidenceFile.js';
import { isJavaScript } from '../race/kinds.js';
import { isInstrumented } from '../instrument/marked.js';
import type { HostFacts } from '../report/run/document.js';
import type {
  ClassesOverTime,
  StoredCampaign,
  EventRecord,
  EvidenceRecord,
  HangRecord,
  MemoryFigures,
  RowSession,
  RowTotals,
  SessionRecord,
  Stretch,
} from '../report/soak/document.js';
import {
  addMet,
  addSampled,
  beginClasses,
  classesOverTimeOf,
  type ClassRecord,
  type SampledTrials,
} from './classes.js';
import type { SoakDatabase } from './database.js';
import { bySessionOf, hangsOf, memoryHistoryOf, sessionsOf, stretchesOf } from './history.js';
import { isAlive, self, type Owner } from './owner.js';
import { keyOf, type SoakRow } from './row.js';
import { StoreError } from './storeFile.js';
import { FleetRecords } from './fleetRecords.js';
import { processorShareOf, rowTotalsOf } from './totals.js';
import { THIS_HOST } from './sums.js';
import { writeInterval, writeSlice, writeSliceEnd, type IntervalRecord, type SliceEnd } from './writes.js';

export type { IntervalRecord, SliceEnd } from './writes.js';

/** A failure to be stored, with the bytes of its evidence file if it left records. */
export interface KeptEvidence extends Omit<EvidenceRecord, 'sha256'> {
  readonly file: Buffer | null;
}

/** The host of a session, and its version of racehammer. */
export interface SessionHost {
  readonly version: string;
  readonly host: HostFacts;
}

/** How long a write waits for a lock of another program: while the soak runs, and when it ends. */
const WRITING_WAIT_MS = 50;
const LAST_WAIT_MS = 500;

const CAMPAIGN = `
  SELECT name, at, seed, budget_ms AS budgetMs, slice_ms AS sliceMs, prove_every_ms AS proveEveryMs, elapsed_ms AS elapsedMs,
    ended_at AS endedAt, classes
  FROM campaign`;

/** What is written has a new id; an owner and an end of a slice have none. */
const CHANGES = `SELECT coalesce((SELECT max(id) FROM interval), 0) + coalesce((SELECT max(id) FROM evidence), 0)
  + coalesce((SELECT max(id) FROM slice), 0) + coalesce((SELECT max(id) FROM session), 0)
  + coalesce((SELECT max(id) FROM event), 0) AS changes`;

type Stored = Omit<StoredCampaign, 'pace' | 'classes'> & StoredCampaign['pace'] & { readonly classes: number };

/** The store of a soak. Every method is one transaction: after a crash the file is as before it or as after it. */
export class Store {
  readonly #db: SoakDatabase;
  /** What the hub of a fleet writes and reads besides. */
  readonly fleet: FleetRecords;

  constructor(db: SoakDatabase) {
    this.#db = db;
    this.fleet = new FleetRecords(db);
  }

  get path(): string {
    return this.#db.path;
  }

  /** Begins a campaign in a new file. */
  begin(campaign: Pick<StoredCampaign, 'name' | 'seed' | 'budgetMs' | 'pace'>): void {
    const { name, seed, budgetMs, pace } = campaign;
    const times = { budget_ms: budgetMs, slice_ms: pace.sliceMs, prove_every_ms: pace.proveEveryMs };
    this.#db.transaction(() => this.#db.insert('campaign', { id: 1, name, at: Date.now(), seed, ...times }));
  }

  /** Counts the classes of orders from now on. */
  countClasses(): void {
    this.#db.transaction(() => this.#db.run('UPDATE campaign SET classes = 1'));
  }

  beginClasses(row: number, record: ClassRecord): void {
    this.#db.transaction(() => beginClasses(this.#db, row, record));
  }

  classesMet(row: number, classes: readonly string[], elapsedMs: number): void {
    this.#db.transaction(() => addMet(this.#db, row, classes, elapsedMs));
  }

  classesSampled(row: number, counts: SampledTrials): void {
    this.#db.transaction(() => addSampled(this.#db, row, counts));
  }

  /** Returns how many classes of orders each row had met over the time of the soak. */
  classesOverTime(): ClassesOverTime[] {
    return classesOverTimeOf(this.#db, this.campaign().elapsedMs);
  }

  campaign(): StoredCampaign {
    const found = this.#db.get(CAMPAIGN) as Stored | undefined;
    if (found === undefined) throw new StoreError(this.path, 'holds no campaign');
    const { sliceMs, proveEveryMs, classes, ...campaign } = found;
    return { ...campaign, classes: classes === 1, pace: { sliceMs, proveEveryMs } };
  }

  /** Returns the tuning file that was given to `keepTuning`; null if there is none. */
  tuning(): string | null {
    return (this.#db.get('SELECT tuning FROM campaign') as { tuning: string | null } | undefined)?.tuning ?? null;
  }

  keepTuning(text: string): void {
    this.#db.transaction(() => this.#db.run('UPDATE campaign SET tuning = ?', text));
  }

  /** Sets another budget for a campaign that is resumed. */
  setBudget(budgetMs: number): void {
    this.#db.transaction(() => this.#db.run('UPDATE campaign SET budget_ms = ?, ended_at = NULL', budgetMs));
  }

  /**
   * Makes this process the owner of the store, also if its last owner has died. Returns the id of the new session. Throws StoreError
   * if another process owns the store.
   */
  claim({ version, host }: SessionHost): number {
    const claimed = this.#db.transaction(() => {
      const holder = this.#db.get('SELECT host, pid, started FROM owner') as Owner | undefined;
      if (holder !== undefined && isAlive(holder)) {
        throw new StoreError(
          this.path,
          `process ${holder.pid} on ${holder.host} is soaking into it${this.#remedy(holder)}`,
        );
      }
      const owner = self();
      this.#db.run('DELETE FROM owner');
      this.#db.insert('owner', { id: 1, ...owner });
      const at = Date.now();
      this.#db.run("UPDATE session SET ended_at = ?, reason = 'lost' WHERE ended_at IS NULL", at);
      if (holder !== undefined)
        this.#event('taken over', `process ${holder.pid} is gone; its session ends with its last interval`);
      const session = this.#db.insert('session', { at, pid: owner.pid, host: owner.host });
      const { node, platform, arch, cores, cpuModel, loadavg } = host;
      this.#db.insert('host', {
        session,
        version,
        node,
        platform,
        arch,
        cores,
        cpu_model: cpuModel,
        loadavg: JSON.stringify(loadavg),
      });
      return session;
    });
    this.#db.waitAtMost(WRITING_WAIT_MS);
    return claimed;
  }

  /** Lets the last writes wait longer for a lock. */
  waitLonger(): void {
    this.#db.waitAtMost(LAST_WAIT_MS);
  }

  /** Returns the process that is writing; undefined if there is none, or it has died. */
  owner(): Owner | undefined {
    const holder = this.#db.get('SELECT host, pid, started FROM owner') as Owner | undefined;
    return holder !== undefined && isAlive(holder) ? holder : undefined;
  }

  /** Ends the session and closes the store. `done`: the budget is used up. */
  end(session: number, reason: string, done: boolean): void {
    this.#db.transaction(() => {
      this.#db.run('UPDATE session SET ended_at = ?, reason = ? WHERE id = ?', Date.now(), reason, session);
      if (done) this.#db.run('UPDATE campaign SET ended_at = ?', Date.now());
      this.#db.run('DELETE FROM owner');
    });
    this.#db.close();
  }

  /** Closes a store that was only read. */
  release(): void {
    this.#db.release();
  }

  /** Removes a store whose campaign could not be begun. */
  discard(): void {
    this.#db.discard();
  }

  /** Adds the rows that the store does not have yet; returns the ids of all in the same order. */
  declare(rows: readonly SoakRow[]): number[] {
    return this.#db.transaction(() => rows.map((row) => this.#idOf(row)));
  }

  #idOf(row: SoakRow): number {
    const { race, typed, name, plan, weight, expected, repeat, source, revision } = row;
    const expectation = JSON.stringify(row.expectation);
    const key = keyOf(row);
    const known = this.#db.get('SELECT id FROM row WHERE key = ? AND source = ?', key, source.hash) as
      | { id: number }
      | undefined;
    const declared = JSON.stringify(Object.keys(race.signatures));
    if (known !== undefined) {
      const sql = 'UPDATE row SET declared = ?, expectation = ?, revision = ? WHERE id = ?';
      this.#db.run(sql, declared, expectation, revision, known.id);
      return known.id;
    }
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
      memory: plan.memory,
      instrumented: isInstrumented(plan.raceUrl) ? 1 : 0,
      code: isJavaScript(race) ? 'javascript' : null,
      weight,
      expected,
      repeat,
      declared,
      expectation,
      source: source.hash,
      revision,
    });
  }

  beginSlice(session: number, row: number, startMs: number, seed: number): number {
    return this.#db.transaction(() => writeSlice(this.#db, { session, row, host: THIS_HOST, startMs, seed }));
  }

  /** Writes one interval with its outcomes and the time of the soak. */
  checkpoint(record: IntervalRecord): void {
    this.#db.transaction(() => writeInterval(this.#db, record));
  }

  /** Ends a slice. Slices without an end were lost with their process. */
  endSlice(slice: number, end: SliceEnd): void {
    this.#db.transaction(() => writeSliceEnd(this.#db, slice, end));
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

  /** Returns what was kept, the oldest failures first. */
  evidence(): EvidenceRecord[] {
    const kept = this.#db.all(
      'SELECT row, signature, report, substr(file, 1, ?) AS head FROM evidence ORDER BY id',
      HEAD_MAX,
    ) as (Omit<EvidenceRecord, 'sha256'> & { readonly head: unknown })[];
    return kept.map(({ head, ...record }) => ({
      ...record,
      sha256: head instanceof Uint8Array ? contentHash(head) : null,
    }));
  }

  /** Yields the kept evidence files one by one, since all together may be large. */
  *evidenceFiles(): Generator<{ readonly row: number; readonly signature: string; readonly file: Buffer }> {
    const ids = this.#db.all('SELECT id FROM evidence WHERE file IS NOT NULL ORDER BY id') as { id: number }[];
    for (const { id } of ids) {
      const kept = this.#db.get('SELECT row, signature, file FROM evidence WHERE id = ?', id) as
        | { row: number; signature: string; file: Buffer }
        | undefined;
      if (kept !== undefined) yield kept;
    }
  }

  /** Writes an event of the whole soak. */
  event(kind: string, text: string): void {
    this.#db.transaction(() => this.#event(kind, text));
  }

  #event(kind: string, text: string): void {
    // Reads no texts of the campaign: a corrupted one must not prevent writing.
    const campaign = this.#db.get('SELECT elapsed_ms AS elapsedMs FROM campaign') as { elapsedMs: number } | undefined;
    this.#db.insert('event', { at: Date.now(), elapsed_ms: campaign?.elapsedMs ?? 0, kind, text });
  }

  /** Returns the newest events, the newest last. */
  events(most: number): EventRecord[] {
    const sql = 'SELECT at, elapsed_ms AS elapsedMs, kind, text FROM event ORDER BY id DESC LIMIT ?';
    return (this.#db.all(sql, most) as EventRecord[]).toReversed();
  }

  /** Returns the ways in which trials hung. */
  hangs(): HangRecord[] {
    return hangsOf(this.#db);
  }

  /** Returns the processes that have written the store, the oldest first. */
  sessions(): SessionRecord[] {
    return sessionsOf(this.#db);
  }

  /** Returns the memory over the time of the soak. */
  memory(): MemoryFigures {
    return memoryHistoryOf(this.#db);
  }

  /** Returns the counts of every row over the time of the soak. */
  stretches(): Stretch[] {
    return stretchesOf(this.#db);
  }

  /** Returns what each session has counted of each row. */
  bySession(): RowSession[] {
    return bySessionOf(this.#db);
  }

  /** Returns a number that grows with everything that is written. */
  changes(): number {
    return (this.#db.get(CHANGES) as { changes: number }).changes;
  }

  /** Returns the events behind the one with this id, the oldest first, each with its id; without one the newest. */
  eventsAfter(id: number, most: number): (EventRecord & { readonly id: number })[] {
    const sql = 'SELECT id, at, elapsed_ms AS elapsedMs, kind, text FROM event WHERE id > ? ORDER BY id DESC LIMIT ?';
    return (this.#db.all(sql, id, most) as (EventRecord & { id: number })[]).toReversed();
  }

  /** Returns the first evidence file that was kept of a row and a signature; null if there is none. */
  evidenceFile(row: number, signature: string): Buffer | null {
    const sql = 'SELECT file FROM evidence WHERE row = ? AND signature = ? AND file IS NOT NULL ORDER BY id LIMIT 1';
    return (this.#db.get(sql, row, signature) as { file: Buffer } | undefined)?.file ?? null;
  }

  /** Runs several queries on one snapshot of the store. */
  look<T>(looks: () => T): T {
    return this.#db.snapshot(looks);
  }

  /** Returns the sums of every row. */
  totals(): RowTotals[] {
    return rowTotalsOf(this.#db);
  }

  /** Returns the share of the CPU time wanted by all threads that they received; null if the host does not report it. */
  processorShare(): number | null {
    return processorShareOf(this.#db);
  }

  /** Says what to do about an owner on another host, such as a removed container: this host cannot know whether it still runs. */
  #remedy({ host }: Owner): string {
    return host === self().host ? '' : `; if it is gone for good: sqlite3 ${this.path} 'DELETE FROM owner'`;
  }
}
