/**
 * Merges the intervals of old executions of a fleet: 200 hosts write six million of them a day. Sums, first and last failures, proofs, and
 * the counts over time stay as they are (failureTimes.ts), and what may still be delivered is known: the numbers of an execution's
 * intervals are forgotten only when all of them have arrived, and the execution is closed. Called by fleetRecords.ts.
 */

import type { Counts } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';
import type { FailureTimes } from './failureTimes.js';
import { stretchMs } from './history.js';

/** What becomes of an execution, in its column `merged`. */
export const MERGED = {
  /** Its intervals are as they came. */
  no: 0,
  /** Its intervals are merged. Others may arrive, so the numbers of those that have are kept. */
  open: 1,
  /** All of its intervals have arrived: whatever is delivered of it is known. */
  closed: 2,
} as const;

const HOUR_MS = 3_600_000;

/** Which executions are merged. */
export interface OldExecutions {
  /** Nothing of them has arrived since, in milliseconds of the soak. */
  readonly beforeMs: number;
  readonly most: number;
}

interface Execution {
  readonly slice: number;
  readonly session: number;
  readonly row: number;
  readonly host: number;
  readonly ended: number;
}

interface Interval extends Omit<Counts, 'outcomes'> {
  readonly id: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly rssMb: number | null;
}

/** Merges what is old, while one hub has the store. */
export class IntervalMerger {
  readonly #db: SoakDatabase;
  /** When the first slice of each session was begun. */
  readonly #sessions = new Map<number, number>();

  constructor(db: SoakDatabase) {
    this.#db = db;
  }

  /** Merges the intervals of old executions, in a transaction of the caller. Returns how many executions those were. */
  merge(times: FailureTimes, { beforeMs, most }: OldExecutions): number {
    const found = this.#db.all(OLD, beforeMs, beforeMs, most) as Execution[];
    const { elapsedMs } = this.#db.get('SELECT elapsed_ms AS elapsedMs FROM campaign') as { elapsedMs: number };
    // Those of a longer soak are each made of whole ones of these.
    const lengthMs = stretchMs(elapsedMs);
    for (const execution of found) {
      const { slice, row, host, session } = execution;
      const all = this.#db.all(INTERVALS, slice) as Interval[];
      const begunMs = this.#begunMs(session);
      // The first of a session says when it began, and the last one of a slice has the memory at its end.
      const mergeable = all.slice(0, -1).filter(({ startMs }) => startMs >= begunMs);
      for (const group of groupsOf(mergeable, times.of(row, host), lengthMs)) mergeGroup(this.#db, group, lengthMs);
      closeExecution(this.#db, execution);
    }
    return found.length;
  }

  #begunMs(session: number): number {
    let begunMs = this.#sessions.get(session);
    if (begunMs === undefined) {
      const sql = 'SELECT min(start_ms) AS begunMs FROM slice WHERE session = ?';
      ({ begunMs } = this.#db.get(sql, session) as { begunMs: number });
      this.#sessions.set(session, begunMs);
    }
    return begunMs;
  }
}

const OLD = `
  SELECT execution.slice AS slice, session, row, host, ended FROM execution JOIN slice ON slice.id = execution.slice
  WHERE execution.merged = 0 AND start_ms < ?
    AND (SELECT coalesce(max(end_ms), 0) FROM interval WHERE interval.slice = execution.slice) < ?
  ORDER BY execution.slice LIMIT ?`;

const INTERVALS = `
  SELECT id, start_ms AS startMs, end_ms AS endMs, seconds, trials, failures, near_misses AS nearMisses, rss_mb AS rssMb
  FROM interval WHERE slice = ? ORDER BY id`;

/** Returns intervals that no moment, no stretch of a picture and no hour divides. */
function groupsOf(intervals: readonly Interval[], cuts: readonly number[], lengthMs: number): Interval[][] {
  const groups = new Map<string, Interval[]>();
  for (const interval of intervals) {
    // A moment belongs to what ends with it.
    const part = cuts.filter((ms) => ms < interval.endMs).length;
    const key = `${part} ${placeOf(interval, lengthMs)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [interval]);
    else group.push(interval);
  }
  return [...groups.values()];
}

/** Returns the stretch of the soak and the hour that an interval counts for, as history.ts and the view row_hour have them. */
function placeOf({ startMs, endMs }: Pick<Interval, 'startMs' | 'endMs'>, lengthMs: number): string {
  return `${Math.floor((startMs + endMs) / 2 / lengthMs)} ${Math.floor(startMs / HOUR_MS)}`;
}

function mergeGroup(db: SoakDatabase, group: readonly Interval[], lengthMs: number): void {
  if (group.length < 2) return;
  const sum = (pick: (one: Interval) => number): number => group.reduce((n, one) => n + pick(one), 0);
  // What was delivered late ends with its delivery, so intervals may overlap: the time that they took is what counts.
  const endMs = Math.max(...group.map((one) => one.endMs));
  const startMs = endMs - sum((one) => one.endMs - one.startMs);
  if (startMs < 0 || placeOf({ startMs, endMs }, lengthMs) !== placeOf(group[0], lengthMs)) return;
  const known = group.map(({ rssMb }) => rssMb).filter((mb) => mb !== null);
  const { id } = group.at(-1)!;
  const counts = [
    sum((one) => one.seconds),
    sum((one) => one.trials),
    sum((one) => one.failures),
    sum((one) => one.nearMisses),
  ];
  db.run(WIDER, startMs, endMs, ...counts, known.length === 0 ? null : Math.max(...known), id);
  for (const other of group.slice(0, -1)) {
    db.run(MOVE, id, other.id);
    db.run('DELETE FROM outcome WHERE interval = ?', other.id);
    db.run('DELETE FROM interval WHERE id = ?', other.id);
  }
  db.run('UPDATE campaign SET merged_to = max(merged_to, ?)', id);
}

const WIDER = `
  UPDATE interval SET start_ms = ?, end_ms = ?, seconds = ?, trials = ?, failures = ?, near_misses = ?, rss_mb = ? WHERE id = ?`;

const MOVE = `
  INSERT INTO outcome SELECT ?, signature, count FROM outcome WHERE interval = ?
  ON CONFLICT (interval, signature) DO UPDATE SET count = count + excluded.count`;

/** Notes that the execution is merged, and forgets the numbers of its intervals if none can be missing. */
function closeExecution(db: SoakDatabase, { slice, ended }: Execution): void {
  const sql = 'SELECT count(*) AS arrived, coalesce(max(number), -1) AS last FROM delivery WHERE execution = ?';
  const { arrived, last } = db.get(sql, slice) as { arrived: number; last: number };
  // The interval that ends a slice is its last one, but for one that its worker had to end: that one's number is far above.
  const isWhole = ended !== 0 && arrived === last + 1;
  if (isWhole) db.run('DELETE FROM delivery WHERE execution = ?', slice);
  db.run('UPDATE execution SET merged = ? WHERE slice = ?', isWhole ? MERGED.closed : MERGED.open, slice);
}
