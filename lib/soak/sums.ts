/**
 * Keeps the sums of a store: by row, host, session and time. They are written in the transaction that writes what they add up. So a look
 * at a store reads sums alone, however long the soak is, and what is old may go (oldExecutions.ts). Called by writes.ts.
 */

import type { Counts } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';

const STRETCHES = 60;
const HOUR_MS = 3_600_000;

/** The host of everything in the soak of one machine; those of a fleet have ids from 1. */
export const THIS_HOST = 0;

/** What a slice belongs to. */
export interface SumKeys {
  readonly row: number;
  readonly session: number;
  readonly host: number;
}

/** An interval that is added. `proves`: whether the row has failed in it as it should. */
export interface AddedInterval extends Counts {
  readonly startMs: number;
  readonly endMs: number;
  readonly rssMb: number | null;
  readonly proves: boolean;
}

/** How a slice has ended, as far as it is summed up; zeros and nulls while it runs. */
export interface SummedEnd {
  readonly harnessError: string | null;
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  readonly cpuMs: number | null;
  readonly cpuWaitedMs: number | null;
}

/** Returns the length of the stretches of a soak, of which it has 60 at most. A power of two: longer ones are each made of whole ones. */
export function stretchMs(elapsedMs: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, elapsedMs / STRETCHES)));
}

/** Adds a slice that begins. */
export function addSlice(db: SoakDatabase, { row, session, host }: SumKeys, startMs: number): void {
  db.run(SLICE_OF_ROW, row, startMs);
  db.run(SLICE_OF_SESSION, row, session);
  if (host !== THIS_HOST) db.run(SLICE_OF_HOST, row, host);
}

const SLICE_OF_ROW = `
  INSERT INTO sum_row (row, slices, tried_at_ms) VALUES (?, 1, ?)
  ON CONFLICT (row) DO UPDATE SET slices = slices + 1, tried_at_ms = max(coalesce(tried_at_ms, 0), excluded.tried_at_ms)`;
const SLICE_OF_SESSION = `
  INSERT INTO sum_session (row, session, slices) VALUES (?, ?, 1) ON CONFLICT (row, session) DO UPDATE SET slices = slices + 1`;
const SLICE_OF_HOST = `
  INSERT INTO sum_host (row, host, slices) VALUES (?, ?, 1) ON CONFLICT (row, host) DO UPDATE SET slices = slices + 1`;

/** Adds an interval of a slice that was added. */
export function addInterval(db: SoakDatabase, { row, session, host }: SumKeys, added: AddedInterval): void {
  const { startMs, endMs, seconds, trials, failures, nearMisses, outcomes, rssMb } = added;
  const it = [startMs, endMs, seconds, trials, failures, nearMisses, added.proves ? 1 : 0];
  db.run(ADD_TO_ROW, ...it, row);
  if (host !== THIS_HOST) db.run(ADD_TO_HOST, ...it, row, host);
  db.run(ADD_TO_SESSION, startMs, endMs, seconds, trials, failures, rssMb, row, session);
  for (const { signature, count } of outcomes) db.run(ADD_OUTCOME, row, host, signature, count, endMs, endMs);
  const counts = [seconds, trials, failures, rssMb];
  db.run(ADD_TO_HOUR, row, Math.floor(startMs / HOUR_MS), ...counts);
  db.run(ADD_TO_STRETCH, row, Math.floor((startMs + endMs) / 2 / widened(db, endMs)), ...counts);
}

/** What is added to the time of the last proof, and to the trials since. An interval that ends with the proof is not behind it. */
const SINCE_PROOF = `
  trials_since_proof = CASE
    WHEN proves = 1 AND coalesce(proved_at_ms, 0) <= ended THEN 0
    WHEN proved_at_ms < ended THEN trials_since_proof + tried
    ELSE trials_since_proof END,
  proved_at_ms = CASE WHEN proves = 1 THEN max(coalesce(proved_at_ms, 0), ended) ELSE proved_at_ms END`;
const COUNTED = `
  seconds = seconds + ran, trials = trials + tried, failures = failures + failed`;
const IT = 'it (began, ended, ran, tried, failed, missed, proves) AS (VALUES (?, ?, ?, ?, ?, ?, ?))';

const ADD_TO_ROW = `
  WITH ${IT} UPDATE sum_row SET ${COUNTED}, near_misses = near_misses + missed, spent_ms = spent_ms + ended - began,
    ${SINCE_PROOF},
    trials_since_failure = CASE
      WHEN failed > 0 AND coalesce(failed_at_ms, 0) <= ended THEN 0
      WHEN coalesce(failed_at_ms, -1) < ended THEN trials_since_failure + tried
      ELSE trials_since_failure END,
    failed_at_ms = CASE WHEN failed > 0 THEN max(coalesce(failed_at_ms, 0), ended) ELSE failed_at_ms END
  FROM it WHERE row = ?`;
const ADD_TO_HOST = `
  WITH ${IT} UPDATE sum_host SET ${COUNTED}, near_misses = near_misses + missed, ${SINCE_PROOF} FROM it WHERE row = ? AND host = ?`;
const ADD_TO_SESSION = `
  WITH it (began, ended, ran, tried, failed, mb) AS (VALUES (?, ?, ?, ?, ?, ?))
  UPDATE sum_session SET ${COUNTED}, start_ms = min(coalesce(start_ms, began), began),
    end_ms = max(coalesce(end_ms, 0), ended), rss_mb = max(coalesce(rss_mb, mb), coalesce(mb, rss_mb))
  FROM it WHERE row = ? AND session = ?`;
const ADD_OUTCOME = `
  INSERT INTO sum_outcome (row, host, signature, count, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (row, host, signature) DO UPDATE SET count = count + excluded.count,
    first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)`;
const ADDED = `
  DO UPDATE SET seconds = seconds + excluded.seconds, trials = trials + excluded.trials, failures = failures + excluded.failures,
    rss_mb = max(coalesce(rss_mb, excluded.rss_mb), coalesce(excluded.rss_mb, rss_mb))`;
const ADD_TO_HOUR = `
  INSERT INTO sum_hour (row, hour, seconds, trials, failures, rss_mb) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (row, hour) ${ADDED}`;
const ADD_TO_STRETCH = `
  INSERT INTO sum_stretch (row, stretch, seconds, trials, failures, rss_mb) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (row, stretch) ${ADDED}`;

/** Returns the length of the stretches, after joining those that the soak has become too long for. */
function widened(db: SoakDatabase, endMs: number): number {
  const { lengthMs } = db.get('SELECT stretch_ms AS lengthMs FROM campaign') as { lengthMs: number };
  const toMs = stretchMs(endMs);
  if (toMs <= lengthMs) return lengthMs;
  const factor = toMs / lengthMs;
  for (const sql of JOIN_STRETCHES) db.run(sql, ...(sql.includes('?') ? [factor, factor] : []));
  db.run('UPDATE campaign SET stretch_ms = ?', toMs);
  return toMs;
}

/** The joined ones have numbers below 0 until the others are gone. */
const JOIN_STRETCHES = [
  `INSERT INTO sum_stretch (row, stretch, seconds, trials, failures, rss_mb)
   SELECT row, -1 - stretch / CAST(? AS INTEGER), sum(seconds), sum(trials), sum(failures), max(rss_mb) FROM sum_stretch GROUP BY row, stretch / CAST(? AS INTEGER)`,
  'DELETE FROM sum_stretch WHERE stretch >= 0',
  'UPDATE sum_stretch SET stretch = -1 - stretch',
  `INSERT INTO sum_memory (session, stretch, samples, ms, mb)
   SELECT session, -1 - stretch / CAST(? AS INTEGER), sum(samples), sum(ms), sum(mb) FROM sum_memory GROUP BY session, stretch / CAST(? AS INTEGER)`,
  'DELETE FROM sum_memory WHERE stretch >= 0',
  'UPDATE sum_memory SET stretch = -1 - stretch',
];

/** Adds how a slice has ended, in the place of how it had. */
export function addSliceEnd(db: SoakDatabase, keys: SumKeys, before: SummedEnd, now: SummedEnd): void {
  const { row, session, host } = keys;
  const errors = Number(now.harnessError !== null) - Number(before.harnessError !== null);
  const more = [now.hostStalls - before.hostStalls, now.hostStallMs - before.hostStallMs];
  db.run(END_OF_ROW, errors, now.harnessError, ...more, now.workersReplaced - before.workersReplaced, row);
  if (errors !== 0) {
    db.run(
      'UPDATE sum_session SET harness_errors = harness_errors + ? WHERE row = ? AND session = ?',
      errors,
      row,
      session,
    );
    db.run('UPDATE sum_host SET harness_errors = harness_errors + ? WHERE row = ? AND host = ?', errors, row, host);
  }
  for (const [column, was, is] of [
    ['cpu_ms', before.cpuMs, now.cpuMs],
    ['cpu_waited_ms', before.cpuWaitedMs, now.cpuWaitedMs],
  ] as const) {
    if (is !== null)
      db.run(`UPDATE sum_row SET ${column} = coalesce(${column}, 0) + ? WHERE row = ?`, is - (was ?? 0), row);
  }
}

const END_OF_ROW = `
  UPDATE sum_row SET harness_errors = harness_errors + ?, harness_error = coalesce(harness_error, ?), host_stalls = host_stalls + ?,
    host_stall_ms = host_stall_ms + ?, workers_replaced = workers_replaced + ? WHERE row = ?`;

/** Adds the resident memory at the end of a slice, when its threads are gone. */
export function addMemory(db: SoakDatabase, session: number, endMs: number, mb: number): void {
  const { lengthMs } = db.get('SELECT stretch_ms AS lengthMs FROM campaign') as { lengthMs: number };
  db.run(ADD_MEMORY, session, Math.floor(endMs / lengthMs), endMs, mb);
}

const ADD_MEMORY = `
  INSERT INTO sum_memory (session, stretch, samples, ms, mb) VALUES (?, ?, 1, ?, ?)
  ON CONFLICT (session, stretch) DO UPDATE SET samples = samples + 1, ms = ms + excluded.ms, mb = mb + excluded.mb`;
