/**
 * The sums of a store that is looked at again and again while it is written: each interval is read once and added, so that a look at
 * the store of a long soak takes no longer than one at a short one. They are those of the queries in totals.ts and history.ts.
 * Called by store.ts, for live pages and figures.
 */

import { HANGS } from '../machine/signatures.js';
import type {
  HangRecord,
  MemoryFigures,
  RowSession,
  RowTotals,
  SessionRecord,
  Stretch,
} from '../report/soak/document.js';
import { NO_COUNTS, plus, type Counts } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';
import { memoryOf, sessionFactsOf, stretchMs, type Between } from './history.js';
import { rowTotalsWith, type RowSums } from './totals.js';

/** Intervals that are read at once: all of a long soak would take much memory. */
const READ_AT_ONCE = 5000;

interface Interval extends Counts {
  readonly id: number;
  readonly slice: number;
  readonly row: number;
  readonly session: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly mb: number | null;
}

/** What the document and the page need of the intervals of a store. */
export interface StoreSums {
  totals(): RowTotals[];
  hangs(): HangRecord[];
  sessions(): SessionRecord[];
  memory(): MemoryFigures;
  stretches(): Stretch[];
  bySession(): RowSession[];
}

type Sum = Pick<Counts, 'trials' | 'failures' | 'seconds'>;
const NOTHING: Sum = { trials: 0, failures: 0, seconds: 0 };

/** Counts of a stretch, and the most resident memory meanwhile. */
interface StretchSum extends Sum {
  readonly mb: number | null;
}

/** Sums of one row. */
class RowSum {
  readonly hangs = new Map<string, { count: number; lastMs: number }>();
  readonly bySession = new Map<number, Sum>();
  readonly stretches = new Map<number, StretchSum>();
  counts = NO_COUNTS;
  spentMs = 0;
  provedAtMs: number | null = null;
  trialsSinceProof = 0;
}

/** Sums of one session. */
class SessionSum {
  startMs = Infinity;
  endMs = 0;
  counts = NOTHING;
  unexpected = 0;
  mostMb: number | null = null;
}

/** Adds up a store as it grows. */
export class FollowedStore implements StoreSums {
  readonly #db: SoakDatabase;
  readonly #rows = new Map<number, RowSum>();
  readonly #sessions = new Map<number, SessionSum>();
  /** The last interval of each slice. */
  readonly #lastOf = new Map<number, Between>();
  readonly #expected = new Map<number, string | null>();
  readonly #ended = new Set<number>();
  #interval = 0;
  /** Up to this slice it is known how each has ended. */
  #settled = 0;
  #elapsedMs = 0;
  #stretchMs = 1;
  #mostMb = 0;

  constructor(db: SoakDatabase) {
    this.#db = db;
  }

  /** Reads what was written since the last call. */
  read(): void {
    const sql = 'SELECT elapsed_ms AS elapsedMs, merged_to AS mergedTo FROM campaign';
    const { elapsedMs, mergedTo } = this.#db.get(sql) as { elapsedMs: number; mergedTo: number };
    if (this.#interval < mergedTo) this.#forget();
    this.#elapsedMs = elapsedMs;
    this.#widen(stretchMs(elapsedMs));
    const rows = this.#db.all('SELECT id, expected FROM row') as { id: number; expected: string | null }[];
    for (const { id, expected } of rows) this.#expected.set(id, expected);
    for (;;) {
      const found = this.#db.all(INTERVALS, this.#interval, READ_AT_ONCE) as Omit<Interval, 'outcomes'>[];
      if (found.length === 0) return;
      const last = found.at(-1)!.id;
      const outcomes = new Map<number, { signature: string; count: number }[]>();
      const counted = this.#db.all(OUTCOMES, this.#interval, last) as {
        interval: number;
        signature: string;
        count: number;
      }[];
      for (const { interval, signature, count } of counted) {
        const mine = outcomes.get(interval) ?? [];
        mine.push({ signature, count });
        outcomes.set(interval, mine);
      }
      for (const interval of found) this.#add({ ...interval, outcomes: outcomes.get(interval.id) ?? [] });
      this.#interval = last;
    }
  }

  /** Begins anew: of intervals that are merged by now some were read, and others were not. */
  #forget(): void {
    for (const sums of [this.#rows, this.#sessions, this.#lastOf]) sums.clear();
    this.#interval = 0;
    this.#mostMb = 0;
  }

  totals(): RowTotals[] {
    return rowTotalsWith(this.#db, (row) => this.#sumsOf(row));
  }

  hangs(): HangRecord[] {
    const all = [...this.#rows].toSorted(([a], [b]) => a - b);
    return all.flatMap(([row, { hangs }]) =>
      [...hangs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([signature, hang]) => ({ row, signature, ...hang })),
    );
  }

  sessions(): SessionRecord[] {
    return sessionFactsOf(this.#db).map(({ id, slices, harnessErrors, ...session }) => {
      const sum = this.#sessions.get(id);
      const { counts, unexpected, mostMb } = sum ?? new SessionSum();
      return {
        ...session,
        startMs: sum?.startMs ?? null,
        endMs: sum?.endMs ?? null,
        counts: { ...counts, slices, harnessErrors, unexpected, mostMb },
      };
    });
  }

  memory(): MemoryFigures {
    const sessions = this.sessions();
    this.#noteEnds();
    const between = [...this.#lastOf].flatMap(([slice, last]) =>
      this.#ended.has(slice) && last.mb !== null ? [last] : [],
    );
    return memoryOf(between, this.#mostMb, sessions, this.#elapsedMs);
  }

  /** Notes which slices have ended. One of an earlier session that has not was lost with its process. */
  #noteEnds(): void {
    const found = this.#db.all(ENDS, this.#settled) as { id: number; ended: number; isLost: number }[];
    let isSettled = true;
    for (const { id, ended, isLost } of found) {
      if (ended === 1) this.#ended.add(id);
      isSettled &&= ended !== 0 || isLost === 1;
      if (isSettled) this.#settled = id;
    }
  }

  stretches(): Stretch[] {
    const all = [...this.#rows].toSorted(([a], [b]) => a - b);
    return all.flatMap(([row, { stretches }]) =>
      [...stretches]
        .toSorted(([a], [b]) => a - b)
        .map(([i, sum]) => ({ row, ...sum, fromMs: i * this.#stretchMs, toMs: (i + 1) * this.#stretchMs })),
    );
  }

  bySession(): RowSession[] {
    const ids = sessionFactsOf(this.#db).map(({ id }) => id);
    const all = [...this.#rows].toSorted(([a], [b]) => a - b);
    return all.flatMap(([row, { bySession }]) =>
      [...bySession]
        .toSorted(([a], [b]) => a - b)
        .map(([session, sum]) => ({ row, session: ids.indexOf(session), ...sum })),
    );
  }

  #sumsOf(row: number): RowSums {
    const { counts, spentMs, provedAtMs, trialsSinceProof } = this.#rows.get(row) ?? new RowSum();
    const outcomes = counts.outcomes.toSorted((a, b) => (a.signature < b.signature ? -1 : 1));
    return { ...counts, outcomes, spentMs, provedAtMs, trialsSinceProof };
  }

  #add(interval: Interval): void {
    const { slice, row, session, endMs, mb } = interval;
    this.#addToRow(
      entryOf(this.#rows, row, () => new RowSum()),
      interval,
    );
    this.#addToSession(
      entryOf(this.#sessions, session, () => new SessionSum()),
      interval,
    );
    this.#lastOf.set(slice, { session, endMs, mb });
    this.#mostMb = Math.max(this.#mostMb, mb ?? 0);
  }

  #addToRow(sum: RowSum, interval: Interval): void {
    const { trials, startMs, endMs, outcomes, session, row, mb } = interval;
    sum.counts = plus(sum.counts, interval);
    sum.spentMs += endMs - startMs;
    const expected = this.#expected.get(row) ?? null;
    if (outcomes.some(({ signature }) => signature === expected)) {
      sum.provedAtMs = Math.max(sum.provedAtMs ?? 0, endMs);
      sum.trialsSinceProof = 0;
    } else if (sum.provedAtMs !== null && endMs > sum.provedAtMs) sum.trialsSinceProof += trials;
    for (const { signature, count } of outcomes) {
      if (!HANGS.includes(signature)) continue;
      const hang = sum.hangs.get(signature) ?? { count: 0, lastMs: 0 };
      sum.hangs.set(signature, { count: hang.count + count, lastMs: Math.max(hang.lastMs, endMs) });
    }
    sum.bySession.set(session, plus(sum.bySession.get(session) ?? NOTHING, interval));
    const i = Math.floor((startMs + endMs) / 2 / this.#stretchMs);
    sum.stretches.set(i, joined(sum.stretches.get(i), { ...plus(NOTHING, interval), mb }));
  }

  #addToSession(sum: SessionSum, interval: Interval): void {
    const { failures, startMs, endMs, row, mb } = interval;
    sum.startMs = Math.min(sum.startMs, startMs);
    sum.endMs = Math.max(sum.endMs, endMs);
    sum.counts = plus(sum.counts, interval);
    if (this.#expected.get(row) === null) sum.unexpected += failures;
    sum.mostMb = mostOf(sum.mostMb, mb);
  }

  /** Joins stretches to longer ones, as the soak goes on. */
  #widen(toMs: number): void {
    for (; this.#stretchMs < toMs; this.#stretchMs *= 2) {
      for (const { stretches } of this.#rows.values()) {
        const before = [...stretches];
        stretches.clear();
        for (const [i, sum] of before) stretches.set(i >> 1, joined(stretches.get(i >> 1), sum));
      }
    }
  }
}

function joined(a: StretchSum | undefined, b: StretchSum): StretchSum {
  return a === undefined ? b : { ...plus(a, b), mb: mostOf(a.mb, b.mb) };
}

function mostOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Returns the entry of a key, and makes it first where there is none. */
function entryOf<T>(all: Map<number, T>, key: number, make: () => T): T {
  let found = all.get(key);
  if (found === undefined) all.set(key, (found = make()));
  return found;
}

const INTERVALS = `
  SELECT interval.id AS id, slice, slice.row AS row, session, interval.start_ms AS startMs, end_ms AS endMs, seconds, trials, failures,
    near_misses AS nearMisses, rss_mb AS mb
  FROM interval JOIN slice ON slice.id = interval.slice WHERE interval.id > ? ORDER BY interval.id LIMIT ?`;

const ENDS = `
  SELECT id, ended, session < (SELECT max(id) FROM session) AS isLost FROM slice WHERE id > ? ORDER BY id`;

const OUTCOMES = 'SELECT interval, signature, count FROM outcome WHERE interval > ? AND interval <= ?';
