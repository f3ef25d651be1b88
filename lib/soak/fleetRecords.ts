/**
 * What the hub of a fleet writes into its store, and the sums by host. Made by store.ts; used by lib/fleet through the
 * store, and by document.ts.
 */

import type { FleetHost, FleetHostFacts, HostTotals } from '../report/soak/fleetDocument.js';
import type { Counts } from '../statistics/counts.js';
import { isClosed } from './closedExecutions.js';
import { dropExecutions } from './oldExecutions.js';
import { PooledClasses } from './pooledClasses.js';
import type { DeliveredClasses } from './classes.js';
import type { SoakDatabase } from './database.js';
import { hostTotalsOf } from './hostTotals.js';
import { writeInterval, writeSlice, writeSliceEnd, type SliceEnd } from './writes.js';

/** Most reports of one signature that are kept for a row. */
export const EVIDENCE_MAX = 3;

/** Who has run what: the part of every delivery that says where it belongs. */
export interface Execution {
  readonly uuid: string;
  readonly job: string;
  /** The id of its row in the store, and the code that was run. */
  readonly row: number;
  readonly source: string;
  readonly seed: number;
  readonly host: { readonly name: string; readonly facts: FleetHostFacts };
}

/** One interval of an execution. */
export interface DeliveredInterval extends Counts {
  readonly execution: Execution;
  /** Counts the intervals of the execution from 0. */
  readonly number: number;
  readonly lengthMs: number;
  readonly rssMb: number | null;
  /** The evidence that belongs to its failures, by SHA-256. */
  readonly evidence: readonly NamedEvidence[];
  /** How the slice ended; null but for the last interval. */
  readonly end: SliceEnd | null;
  /** The classes of orders of the row, and what is new of them; absent where nobody asks for them, or nothing is. */
  readonly classes?: DeliveredClasses | undefined;
}

export interface NamedEvidence {
  readonly signature: string;
  readonly sha256: string;
}

/** A failure of an execution, with the bytes of its evidence file if it left records. */
export interface DeliveredEvidence extends NamedEvidence {
  readonly execution: Execution;
  readonly report: string;
  readonly file: Buffer | null;
}

/**
 * What became of a delivery. `counted`: it is in the store. `known`: it was there already. `waits`: evidence that it names has not
 * arrived. `foreign`: the store has no such row with this code.
 */
export type Receipt = 'counted' | 'known' | 'waits' | 'foreign';

/** What is known of the execution of a delivery: its slice; or that all of it has arrived long ago, or that it is of no row of the store. */
type Found = number | 'closed' | 'foreign';

/** After so long without a delivery an execution is dropped: twice the longest slice. */
const DROPPED_AFTER_MS = 7_200_000;
/** Executions that are dropped at once: some ten milliseconds. */
const DROPPED_MOST = 100;

/** The records of a fleet. Deliveries of one call are one transaction. */
export class FleetRecords {
  readonly #db: SoakDatabase;
  readonly #classes: PooledClasses;

  constructor(db: SoakDatabase) {
    this.#db = db;
    this.#classes = new PooledClasses(db);
  }

  /** Returns the id by which workers know the campaign; null for the soak of one machine. */
  id(): string | null {
    return (this.#db.get('SELECT fleet FROM campaign') as { fleet: string | null } | undefined)?.fleet ?? null;
  }

  /** Makes the campaign one of a fleet. */
  begin(id: string): void {
    this.#db.transaction(() => this.#db.run('UPDATE campaign SET fleet = ?', id));
  }

  /** Stores evidence, then counts intervals that are new; returns what became of each, in their order. `nowMs`: of the soak. */
  deliver(
    session: number,
    nowMs: number,
    { evidence, intervals }: { evidence: readonly DeliveredEvidence[]; intervals: readonly DeliveredInterval[] },
  ): { readonly evidence: Receipt[]; readonly intervals: Receipt[] } {
    return this.#db.transaction(() => ({
      evidence: evidence.map((one) => this.#keep(session, nowMs, one)),
      intervals: intervals.map((one) => this.#count(session, nowMs, one)),
    }));
  }

  /**
   * Drops executions of which all has arrived, and nothing for two hours, a few at a time: their sums stay, and that they are known. Returns
   * how many those were. `nowMs`: of the soak.
   */
  dropOld(nowMs: number, most = DROPPED_MOST): number {
    if (nowMs < DROPPED_AFTER_MS) return 0;
    return this.#db.transaction(() => dropExecutions(this.#db, { beforeMs: nowMs - DROPPED_AFTER_MS, most }));
  }

  /** Returns all hosts that have delivered, the first one first. */
  hosts(): FleetHost[] {
    const sql = 'SELECT id, name, facts, first_at AS firstAt, last_at AS lastAt FROM fleet_host ORDER BY id';
    return (this.#db.all(sql) as (Omit<FleetHost, 'facts'> & { facts: string })[]).map((host) => ({
      ...host,
      facts: JSON.parse(host.facts) as FleetHostFacts,
    }));
  }

  /** Returns the sums of every row by host. */
  totals(): HostTotals[] {
    return hostTotalsOf(this.#db);
  }

  #keep(session: number, nowMs: number, { execution, signature, sha256, report, file }: DeliveredEvidence): Receipt {
    const slice = this.#sliceOf(session, nowMs, execution);
    if (slice === 'foreign') return 'foreign';
    if (slice === 'closed') return 'known';
    if (this.#hasEvidence(sha256)) return 'known';
    if (this.#kept(execution.row, signature) < EVIDENCE_MAX)
      this.#db.insert('evidence', { slice, row: execution.row, signature, report, file, sha256 });
    return 'counted';
  }

  #count(session: number, nowMs: number, interval: DeliveredInterval): Receipt {
    const { execution, number, lengthMs, evidence, end, seconds, trials, failures, nearMisses, outcomes } = interval;
    const slice = this.#sliceOf(session, nowMs, execution);
    if (slice === 'foreign') return 'foreign';
    if (slice === 'closed') return 'known';
    const isThere = evidence.every(
      ({ sha256, signature }) => this.#hasEvidence(sha256) || this.#kept(execution.row, signature) >= EVIDENCE_MAX,
    );
    if (!isThere) return 'waits';
    if (!this.#db.insertNew('delivery', { execution: slice, number })) return 'known';
    const startMs = Math.max(0, nowMs - lengthMs);
    const counts = { seconds, trials, failures, nearMisses, outcomes };
    writeInterval(this.#db, { ...counts, slice, startMs, endMs: nowMs, rssMb: interval.rssMb });
    if (end !== null) writeSliceEnd(this.#db, slice, end);
    if (interval.classes !== undefined) this.#classes.add(execution.row, execution.host.name, interval.classes, nowMs);
    return 'counted';
  }

  #hasEvidence(sha256: string): boolean {
    return this.#db.get('SELECT 1 AS found FROM evidence WHERE sha256 = ?', sha256) !== undefined;
  }

  #kept(row: number, signature: string): number {
    const sql = 'SELECT count(*) AS n FROM evidence WHERE row = ? AND signature = ?';
    return (this.#db.get(sql, row, signature) as { n: number }).n;
  }

  /** Returns the slice of an execution, which its first delivery makes. */
  #sliceOf(session: number, nowMs: number, { uuid, job, row, source, seed, host }: Execution): Found {
    const known = this.#db.get('SELECT slice FROM execution WHERE uuid = ?', uuid) as { slice: number } | undefined;
    if (known !== undefined) return known.slice;
    if (isClosed(this.#db, uuid)) return 'closed';
    const isMine = this.#db.get('SELECT 1 AS found FROM row WHERE id = ? AND source = ?', row, source);
    if (isMine === undefined) return 'foreign';
    const hostId = this.#hostOf(host);
    const slice = writeSlice(this.#db, { session, row, host: hostId, startMs: nowMs, seed });
    this.#db.insert('execution', { slice, host: hostId, uuid, job });
    return slice;
  }

  #hostOf({ name, facts }: Execution['host']): number {
    const text = JSON.stringify(facts);
    const at = Date.now();
    const sql = 'SELECT id FROM fleet_host WHERE name = ? AND facts = ?';
    const known = this.#db.get(sql, name, text) as { id: number } | undefined;
    if (known === undefined) {
      return this.#db.insert('fleet_host', { name, facts: text, first_at: at, last_at: at });
    }
    this.#db.run('UPDATE fleet_host SET last_at = ? WHERE id = ?', at, known.id);
    return known.id;
  }
}
