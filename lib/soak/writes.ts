/**
 * Writes that a soak of one machine and a fleet have in common. Called by store.ts and fleetRecords.ts, inside of their
 * transactions.
 */

import type { ProcessorTime } from '../harness/host/threadTime.js';
import type { Counts } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';

/** One interval of a slice: its time in the soak, and what was counted in it. */
export interface IntervalRecord extends Counts {
  readonly slice: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Null if the host does not report it. */
  readonly rssMb: number | null;
}

/** How a slice ended, by itself or by an interrupt, and what the watchdog saw meanwhile. */
export interface SliceEnd {
  readonly end: 'whole' | 'cut';
  readonly harnessError: string | null;
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  /** Null if the host does not report it. */
  readonly processorTime: ProcessorTime | null;
}

/** Writes one interval with its outcomes and the time of the soak. */
export function writeInterval(db: SoakDatabase, record: IntervalRecord): void {
  const interval = db.insert('interval', {
    slice: record.slice,
    start_ms: record.startMs,
    end_ms: record.endMs,
    seconds: record.seconds,
    trials: record.trials,
    failures: record.failures,
    near_misses: record.nearMisses,
    rss_mb: record.rssMb,
  });
  for (const { signature, count } of record.outcomes) {
    if (count > 0) db.insert('outcome', { interval, signature, count });
  }
  db.run('UPDATE campaign SET elapsed_ms = ?', record.endMs);
}

const END_SLICE = `
  UPDATE slice SET ended = ?, harness_error = ?, host_stalls = ?, host_stall_ms = ?, workers_replaced = ?, cpu_ms = ?, cpu_waited_ms = ?
  WHERE id = ?`;

/** Writes how a slice has ended. */
export function writeSliceEnd(db: SoakDatabase, slice: number, ended: SliceEnd): void {
  const { end, harnessError, hostStalls, hostStallMs, workersReplaced, processorTime } = ended;
  const { ranMs = null, waitedMs = null } = processorTime ?? {};
  const watched = [hostStalls, hostStallMs, workersReplaced];
  db.run(END_SLICE, end === 'whole' ? 1 : 2, harnessError, ...watched, ranMs, waitedMs, slice);
}
