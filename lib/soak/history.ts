/** Queries over the course of a soak: sessions, memory, counts over time, hangs. Called by store.ts. */

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
  return (db.all(SESSIONS) as StoredSession[]).map(({ node, platform, arch, cores, cpuModel, loadavg, ...stored }) => {
    const { slices, trials, failures, seconds, unexpected, harnessErrors, mostMb, ...session } = stored;
    return {
      ...session,
      host:
        node === null || loadavg === null
          ? null
          : { node, platform, arch, cores, cpuModel, loadavg: JSON.parse(loadavg) as number[] },
      counts: { slices, trials, failures, seconds, unexpected, harnessErrors, mostMb },
    };
  });
}

interface StoredSession extends Omit<SessionRecord, 'host' | 'counts'>, SessionCounts {
  readonly node: string | null;
  readonly platform: string;
  readonly arch: string;
  readonly cores: number;
  readonly cpuModel: string;
  readonly loadavg: string | null;
}

const SESSIONS = `
  WITH lasted AS (
    SELECT session, min(interval.start_ms) AS startMs, max(end_ms) AS endMs, sum(trials) AS trials, sum(failures) AS failures,
      sum(seconds) AS seconds, sum(CASE WHEN expected IS NULL THEN failures ELSE 0 END) AS unexpected, max(rss_mb) AS mostMb
    FROM interval JOIN slice ON slice.id = interval.slice JOIN row ON row.id = slice.row GROUP BY session
  ), sliced AS (
    SELECT session, count(*) AS slices, count(harness_error) AS harnessErrors FROM slice GROUP BY session
  )
  SELECT at, ended_at AS endedAt, pid, session.host AS hostName, startMs, endMs, reason, version, node, platform, arch, cores,
    cpu_model AS cpuModel, loadavg, coalesce(slices, 0) AS slices, coalesce(harnessErrors, 0) AS harnessErrors,
    coalesce(trials, 0) AS trials, coalesce(failures, 0) AS failures, coalesce(seconds, 0) AS seconds,
    coalesce(unexpected, 0) AS unexpected, mostMb
  FROM session LEFT JOIN host ON host.session = session.id LEFT JOIN lasted ON lasted.session = session.id
    LEFT JOIN sliced ON sliced.session = session.id
  ORDER BY session.id`;

/** Returns what each session has counted of each row. */
export function bySessionOf(db: SoakDatabase): RowSession[] {
  const ids = (db.all('SELECT id FROM session ORDER BY id') as { id: number }[]).map(({ id }) => id);
  return (db.all(BY_SESSION) as RowSession[]).map((one) => ({ ...one, session: ids.indexOf(one.session) }));
}

const BY_SESSION = `
  SELECT slice.row AS row, session, sum(trials) AS trials, sum(failures) AS failures, sum(seconds) AS seconds
  FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row, session ORDER BY slice.row, session`;

/**
 * Returns the memory over the soak, in as few figures as a picture needs. It is measured between slices: during one the process
 * also holds a machine and its threads, and longer slices would look like growth.
 */
export function memoryHistoryOf(db: SoakDatabase, elapsedMs: number): MemoryFigures {
  const lengthMs = Math.max(1, elapsedMs / MEMORY_STRETCHES);
  const stored = db.all(MEMORY, lengthMs) as { id: number; ms: number; mb: number }[];
  const ids = [...new Set(stored.map(({ id }) => id))];
  const [{ most }] = db.all('SELECT coalesce(max(rss_mb), 0) AS most FROM interval') as [{ most: number }];
  return {
    samples: stored.map(({ id, ms, mb }) => ({ session: ids.indexOf(id), ms, mb })),
    mostMb: most,
    mbPerHour: slopeOf(db),
  };
}

/** The last interval of each ended slice, when its threads are gone. */
const BETWEEN = `(SELECT session, end_ms, rss_mb FROM interval JOIN slice ON slice.id = interval.slice
  WHERE ended = 1 AND rss_mb IS NOT NULL AND interval.id IN (SELECT max(id) FROM interval GROUP BY slice))`;

const MEMORY = `
  SELECT session AS id, avg(end_ms) AS ms, avg(rss_mb) AS mb FROM ${BETWEEN}
  GROUP BY session, CAST(end_ms / ? AS INTEGER) ORDER BY session, ms`;

/** Returns the slope within the longest session; a new process begins with less memory. */
function slopeOf(db: SoakDatabase): MemoryFigures['mbPerHour'] {
  const [longest] = sessionsOf(db)
    .map(({ startMs, endMs }) => ({ fromMs: (startMs ?? 0) + WARM_UP_MS, toMs: endMs ?? 0 }))
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  if (longest === undefined || longest.toMs <= longest.fromMs) return null;
  const lengthMs = (longest.toMs - longest.fromMs) / MEMORY_STRETCHES;
  const points = db.all(SLOPE, longest.fromMs, longest.toMs, longest.fromMs, lengthMs) as { ms: number; mb: number }[];
  const slope = theilSen(points.map(({ ms, mb }) => [ms / 3_600_000, mb] as const));
  return slope === null ? null : { slope: slope.slope, low95: slope.low, high95: slope.high };
}

const SLOPE = `
  SELECT avg(end_ms) AS ms, avg(rss_mb) AS mb FROM ${BETWEEN}
  WHERE end_ms > ? AND end_ms <= ? GROUP BY CAST((end_ms - ?) / ? AS INTEGER) ORDER BY ms`;

/**
 * Returns the counts of every row over the time of the soak, in at most 60 stretches for each. Their length is a power of two: while the
 * soak goes on, stretches that are over stay as they are.
 */
export function stretchesOf(db: SoakDatabase, elapsedMs: number): Stretch[] {
  const lengthMs = 2 ** Math.ceil(Math.log2(Math.max(1, elapsedMs / STRETCHES)));
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
