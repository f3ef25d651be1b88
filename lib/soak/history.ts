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

/** Time in which the memory of a new process grows while it loads code. */
const WARM_UP_MS = 60_000;

/** Returns the processes of a soak, the oldest first. */
export function sessionsOf(db: SoakDatabase): SessionRecord[] {
  return (db.all(SESSIONS) as StoredSession[]).map((stored) => {
    const { id: _, node, platform, arch, cores, cpuModel, loadavg, ...rest } = stored;
    const { slices, harnessErrors, trials, failures, seconds, unexpected, mostMb, ...session } = rest;
    return {
      ...session,
      host:
        node === null || loadavg === null
          ? null
          : { node, platform, arch, cores, cpuModel, loadavg: JSON.parse(loadavg) as number[] },
      counts: { slices, harnessErrors, trials, failures, seconds, unexpected, mostMb },
    };
  });
}

interface StoredSession extends Omit<SessionRecord, 'host' | 'counts'>, SessionCounts {
  readonly id: number;
  readonly node: string | null;
  readonly platform: string;
  readonly arch: string;
  readonly cores: number;
  readonly cpuModel: string;
  readonly loadavg: string | null;
}

const SESSIONS = `
  WITH sums AS (
    SELECT session, sum(slices) AS slices, sum(harness_errors) AS harnessErrors, min(start_ms) AS startMs, max(end_ms) AS endMs,
      sum(trials) AS trials, sum(failures) AS failures, sum(seconds) AS seconds,
      sum(CASE WHEN expected IS NULL THEN failures ELSE 0 END) AS unexpected, max(rss_mb) AS mostMb
    FROM sum_session JOIN row ON row.id = sum_session.row GROUP BY session
  )
  SELECT session.id AS id, at, ended_at AS endedAt, pid, session.host AS hostName, startMs, endMs, reason, version, node, platform, arch,
    cores, cpu_model AS cpuModel, loadavg, coalesce(slices, 0) AS slices, coalesce(harnessErrors, 0) AS harnessErrors,
    coalesce(trials, 0) AS trials, coalesce(failures, 0) AS failures, coalesce(seconds, 0) AS seconds,
    coalesce(unexpected, 0) AS unexpected, mostMb
  FROM session LEFT JOIN host ON host.session = session.id LEFT JOIN sums ON sums.session = session.id
  ORDER BY session.id`;

/** Returns what each session has counted of each row. */
export function bySessionOf(db: SoakDatabase): RowSession[] {
  const ids = (db.all('SELECT id FROM session ORDER BY id') as { id: number }[]).map(({ id }) => id);
  return (db.all(BY_SESSION) as RowSession[]).map((one) => ({ ...one, session: ids.indexOf(one.session) }));
}

const BY_SESSION = `
  SELECT row, session, trials, failures, seconds FROM sum_session WHERE end_ms IS NOT NULL ORDER BY row, session`;

/** The resident memory at the ends of slices, in a stretch of the soak. */
interface MemorySum {
  readonly session: number;
  readonly ms: number;
  readonly mb: number;
}

/**
 * Returns the memory over the soak, in as few figures as a picture needs. It is measured between slices: during one the process
 * also holds a machine and its threads, and longer slices would look like growth.
 */
export function memoryHistoryOf(db: SoakDatabase): MemoryFigures {
  const [{ most }] = db.all('SELECT coalesce(max(rss_mb), 0) AS most FROM sum_session') as [{ most: number }];
  const means = db.all(MEANS) as MemorySum[];
  const known = [...new Set(means.map(({ session }) => session))];
  return {
    samples: means.map(({ session, ms, mb }) => ({ session: known.indexOf(session), ms, mb })),
    mostMb: most,
    mbPerHour: slopeOf(means, sessionsOf(db)),
  };
}

const MEANS = `SELECT session, ms / samples AS ms, mb / samples AS mb FROM sum_memory ORDER BY session, stretch`;

/** Returns the slope within the longest session; a new process begins with less memory. */
function slopeOf(means: readonly MemorySum[], sessions: readonly SessionRecord[]): MemoryFigures['mbPerHour'] {
  const [longest] = sessions
    .map(({ startMs, endMs }) => ({ fromMs: (startMs ?? 0) + WARM_UP_MS, toMs: endMs ?? 0 }))
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  if (longest === undefined || longest.toMs <= longest.fromMs) return null;
  const { fromMs, toMs } = longest;
  const points = means.filter(({ ms }) => ms > fromMs && ms <= toMs);
  const slope = theilSen(points.map(({ ms, mb }) => [ms / 3_600_000, mb] as const));
  return slope === null ? null : { slope: slope.slope, low95: slope.low, high95: slope.high };
}

/** Returns the counts of every row over the time of the soak, in at most 60 stretches for each (sums.ts). */
export function stretchesOf(db: SoakDatabase): Stretch[] {
  return db.all(STRETCHES) as Stretch[];
}

const STRETCHES = `
  SELECT row, stretch * stretch_ms AS fromMs, (stretch + 1) * stretch_ms AS toMs, seconds, trials, failures, rss_mb AS mb
  FROM sum_stretch, campaign ORDER BY row, stretch`;

/** Returns the ways in which trials of each row hung. */
export function hangsOf(db: SoakDatabase): HangRecord[] {
  return db.all(HANGS_OF_ROWS, ...HANGS) as HangRecord[];
}

const HANGS_OF_ROWS = `
  SELECT row, signature, sum(count) AS count, max(last_ms) AS lastMs FROM sum_outcome
  WHERE signature IN (${HANGS.map(() => '?').join(', ')}) GROUP BY row, signature ORDER BY row, signature`;
