/** Queries over the course of a soak: sessions, memory, counts over time, hangs. Called by store.ts. */

import { groups } from '../report/soak/groups.js';
import { theilSen } from '../statistics/slope.js';
import type {
  HangRecord,
  MemoryFigures,
  RowSession,
  SessionCounts,
  SessionRecord,
  Stretch,
} from '../report/soak/document.js';
import { HANGS } from '../machine/signatures.js';
import type { SoakDatabase } from './database.js';

const STRETCHES = 60;
const MEMORY_STRETCHES = 120;
/** Time in which the memory of a new process grows while it loads code. */
const WARM_UP_MS = 60_000;

/** Returns the processes of a soak, the oldest first. */
export function sessionsOf(db: SoakDatabase): SessionRecord[] {
  const sums = new Map((db.all(SESSION_SUMS) as StoredSums[]).map(({ session, ...sum }) => [session, sum]));
  return sessionFactsOf(db).map(({ id, slices, harnessErrors, ...facts }) => {
    const { startMs, endMs, ...counts } = sums.get(id) ?? NO_SUMS;
    return { ...facts, startMs, endMs, counts: { slices, harnessErrors, ...counts } };
  });
}

/** A session without what its intervals say. */
type SessionFacts = Omit<SessionRecord, 'startMs' | 'endMs' | 'counts'> &
  Pick<SessionCounts, 'slices' | 'harnessErrors'> & { readonly id: number };

/** Returns what is known of the sessions but for their intervals, the oldest first. */
export function sessionFactsOf(db: SoakDatabase): SessionFacts[] {
  return (db.all(SESSIONS) as StoredSession[]).map(
    ({ node, platform, arch, cores, cpuModel, loadavg, ...session }) => ({
      ...session,
      host:
        node === null || loadavg === null
          ? null
          : { node, platform, arch, cores, cpuModel, loadavg: JSON.parse(loadavg) as number[] },
    }),
  );
}

interface StoredSession extends Omit<SessionFacts, 'host'> {
  readonly node: string | null;
  readonly platform: string;
  readonly arch: string;
  readonly cores: number;
  readonly cpuModel: string;
  readonly loadavg: string | null;
}

type SessionSums = Pick<SessionRecord, 'startMs' | 'endMs'> & Omit<SessionCounts, 'slices' | 'harnessErrors'>;
type StoredSums = SessionSums & { readonly session: number };
const NO_SUMS: SessionSums = {
  startMs: null,
  endMs: null,
  trials: 0,
  failures: 0,
  seconds: 0,
  unexpected: 0,
  mostMb: null,
};

const SESSIONS = `
  WITH sliced AS (SELECT session, count(*) AS slices, count(harness_error) AS harnessErrors FROM slice GROUP BY session)
  SELECT session.id AS id, at, ended_at AS endedAt, pid, session.host AS hostName, reason, version, node, platform, arch, cores,
    cpu_model AS cpuModel, loadavg, coalesce(slices, 0) AS slices, coalesce(harnessErrors, 0) AS harnessErrors
  FROM session LEFT JOIN host ON host.session = session.id LEFT JOIN sliced ON sliced.session = session.id
  ORDER BY session.id`;

const SESSION_SUMS = `
  SELECT session, min(interval.start_ms) AS startMs, max(end_ms) AS endMs, sum(trials) AS trials, sum(failures) AS failures,
    sum(seconds) AS seconds, sum(CASE WHEN expected IS NULL THEN failures ELSE 0 END) AS unexpected, max(rss_mb) AS mostMb
  FROM interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row GROUP BY session`;

/** Returns what each session has counted of each row. */
export function bySessionOf(db: SoakDatabase): RowSession[] {
  const ids = (db.all('SELECT id FROM session ORDER BY id') as { id: number }[]).map(({ id }) => id);
  return (db.all(BY_SESSION) as RowSession[]).map((one) => ({ ...one, session: ids.indexOf(one.session) }));
}

const BY_SESSION = `
  SELECT slice.row AS row, session, sum(trials) AS trials, sum(failures) AS failures, sum(seconds) AS seconds
  FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row, session ORDER BY slice.row, session`;

/** The resident memory at the end of a slice, when its threads are gone. */
export interface Between {
  readonly session: number;
  readonly endMs: number;
  readonly mb: number | null;
}

/**
 * Returns the memory over the soak, in as few figures as a picture needs. It is measured between slices: during one the process
 * also holds a machine and its threads, and longer slices would look like growth.
 */
export function memoryHistoryOf(db: SoakDatabase, elapsedMs: number): MemoryFigures {
  const [{ most }] = db.all('SELECT coalesce(max(rss_mb), 0) AS most FROM interval') as [{ most: number }];
  return memoryOf(db.all(BETWEEN) as Between[], most, sessionsOf(db), elapsedMs);
}

const BETWEEN = `SELECT session, end_ms AS endMs, rss_mb AS mb FROM interval JOIN slice ON slice.id = interval.slice
  WHERE ended = 1 AND rss_mb IS NOT NULL AND interval.id IN (SELECT max(id) FROM interval GROUP BY slice) ORDER BY interval.id`;

/** Returns the same from what was measured. `mostMb`: at any time. */
export function memoryOf(
  between: readonly Between[],
  mostMb: number,
  sessions: readonly SessionRecord[],
  elapsedMs: number,
): MemoryFigures {
  const lengthMs = Math.max(1, elapsedMs / MEMORY_STRETCHES);
  const bySession = [...groups(between, ({ session }) => session)].toSorted(([a], [b]) => a - b);
  return {
    samples: bySession.flatMap(([, mine], session) => means(mine, lengthMs).map((point) => ({ session, ...point }))),
    mostMb,
    mbPerHour: slopeOf(between, sessions),
  };
}

/** Returns the mean of each stretch of time, the first one first. */
function means(between: readonly Between[], lengthMs: number): { readonly ms: number; readonly mb: number }[] {
  const byStretch = [...groups(between, ({ endMs }) => Math.floor(endMs / lengthMs))].toSorted(([a], [b]) => a - b);
  return byStretch.map(([, mine]) => ({
    ms: meanOf(mine.map(({ endMs }) => endMs)),
    mb: meanOf(mine.map(({ mb }) => mb ?? 0)),
  }));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the slope within the longest session; a new process begins with less memory. */
function slopeOf(between: readonly Between[], sessions: readonly SessionRecord[]): MemoryFigures['mbPerHour'] {
  const [longest] = sessions
    .map(({ startMs, endMs }) => ({ fromMs: (startMs ?? 0) + WARM_UP_MS, toMs: endMs ?? 0 }))
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  if (longest === undefined || longest.toMs <= longest.fromMs) return null;
  const { fromMs, toMs } = longest;
  const within = between
    .filter(({ endMs }) => endMs > fromMs && endMs <= toMs)
    .map(({ endMs, ...one }) => ({ ...one, endMs: endMs - fromMs }));
  const points = means(within, (toMs - fromMs) / MEMORY_STRETCHES);
  const slope = theilSen(points.map(({ ms, mb }) => [ms / 3_600_000, mb] as const));
  return slope === null ? null : { slope: slope.slope, low95: slope.low, high95: slope.high };
}

/** Returns the length of the stretches of a soak, of which it has 60 at most. */
export function stretchMs(elapsedMs: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, elapsedMs / STRETCHES)));
}

/**
 * Returns the counts of every row over the time of the soak, in at most 60 stretches for each. Their length is a power of two: while the
 * soak goes on, stretches that are over stay as they are.
 */
export function stretchesOf(db: SoakDatabase, elapsedMs: number): Stretch[] {
  const lengthMs = stretchMs(elapsedMs);
  return (db.all(COUNTS, lengthMs) as (Stretch & { stretch: number })[]).map(({ stretch, ...counts }) => ({
    ...counts,
    fromMs: stretch * lengthMs,
    toMs: (stretch + 1) * lengthMs,
  }));
}

const COUNTS = `
  SELECT slice.row AS row, CAST((interval.start_ms + end_ms) / 2 / ? AS INTEGER) AS stretch, sum(seconds) AS seconds,
    sum(trials) AS trials, sum(failures) AS failures, max(rss_mb) AS mb
  FROM interval JOIN slice ON slice.id = interval.slice GROUP BY row, stretch ORDER BY row, stretch`;

/** Returns the ways in which trials of each row hung. */
export function hangsOf(db: SoakDatabase): HangRecord[] {
  return db.all(HANGS_OF_ROWS, ...HANGS) as HangRecord[];
}

const HANGS_OF_ROWS = `
  SELECT slice.row AS row, signature, sum(count) AS count, max(end_ms) AS lastMs
  FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
  WHERE signature IN (${HANGS.map(() => '?').join(', ')})
  GROUP BY slice.row, signature ORDER BY slice.row, signature`;
