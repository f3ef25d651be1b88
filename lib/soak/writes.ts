/**
 * Writes that a soak of one machine and a fleet have in common, each with the sums that it changes. Called by store.ts and
 * fleetRecords.ts, inside of their transactions.
 */

import type { ProcessorTime } from '../harness/host/threadTime.js';
import type { Counts } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';
import { addInterval, addMemory, addSlice, addSliceEnd, type SumKeys, type SummedEnd } from './sums.js';

/** A slice that begins. `host`: THIS_HOST for the soak of one machine. */
export interface BegunSlice extends SumKeys {
  readonly startMs: number;
  readonly seed: number;
}

/** One interval of a slice: its time in the soak, and what was counted in it. */
export interface IntervalRecord extends Counts {
  readonly slice: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Null if the host does not report it. */
  readonly rssMb: number | null;
}

/** How a slice ended, by itself, by an interrupt or with its process, and what the watchdog saw meanwhile. */
export interface SliceEnd {
  readonly end: 'whole' | 'cut' | 'lost';
  readonly harnessError: string | null;
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  /** Null if the host does not report it. */
  readonly processorTime: ProcessorTime | null;
}

/** What the column `ended` of a slice says. */
const ENDED = { whole: 1, cut: 2, lost: 3 } as const satisfies Record<SliceEnd['end'], number>;

/** Writes a slice that begins; returns its id. The execution of a fleet must be written next, before its intervals. */
export function writeSlice(db: SoakDatabase, { row, session, host, startMs, seed }: BegunSlice): number {
  const slice = db.insert('slice', { session, row, at: Date.now(), start_ms: startMs, seed });
  addSlice(db, { row, session, host }, startMs);
  return slice;
}

/** Writes one interval with its outcomes and the time of the soak. */
export function writeInterval(db: SoakDatabase, record: IntervalRecord): void {
  const outcomes = record.outcomes.filter(({ count }) => count > 0);
  const { expected, ...keys } = db.get(KEYS, record.slice) as SumKeys & { expected: string | null };
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
  for (const { signature, count } of outcomes) db.insert('outcome', { interval, signature, count });
  db.run('UPDATE campaign SET elapsed_ms = ?', record.endMs);
  addInterval(db, keys, { ...record, outcomes, proves: outcomes.some(({ signature }) => signature === expected) });
}

const KEYS = `
  SELECT slice.row AS row, session, coalesce(execution.host, 0) AS host, expected
  FROM slice JOIN row ON row.id = slice.row LEFT JOIN execution ON execution.slice = slice.id WHERE slice.id = ?`;

const END_SLICE = `
  UPDATE slice SET ended = ?, harness_error = ?, host_stalls = ?, host_stall_ms = ?, workers_replaced = ?, cpu_ms = ?, cpu_waited_ms = ?
  WHERE id = ?`;

/** Writes how a slice has ended, behind its last interval. */
export function writeSliceEnd(db: SoakDatabase, slice: number, ended: SliceEnd): void {
  const { end, harnessError, hostStalls, hostStallMs, workersReplaced, processorTime } = ended;
  const { ranMs: cpuMs = null, waitedMs: cpuWaitedMs = null } = processorTime ?? {};
  const { expected: _, ...keys } = db.get(KEYS, slice) as SumKeys & { expected: string | null };
  const before = db.get(END, slice) as SummedEnd & { readonly ended: number };
  const watched = [hostStalls, hostStallMs, workersReplaced];
  db.run(END_SLICE, ENDED[end], harnessError, ...watched, cpuMs, cpuWaitedMs, slice);
  addSliceEnd(db, keys, before, { harnessError, hostStalls, hostStallMs, workersReplaced, cpuMs, cpuWaitedMs });
  if (before.ended !== 0 || end !== 'whole') return;
  const last = db.get(LAST, slice) as { endMs: number; mb: number | null } | undefined;
  if (last?.mb != null) addMemory(db, keys.session, last.endMs, last.mb);
}

const END = `
  SELECT ended, harness_error AS harnessError, host_stalls AS hostStalls, host_stall_ms AS hostStallMs,
    workers_replaced AS workersReplaced, cpu_ms AS cpuMs, cpu_waited_ms AS cpuWaitedMs FROM slice WHERE id = ?`;
const LAST = 'SELECT end_ms AS endMs, rss_mb AS mb FROM interval WHERE slice = ? ORDER BY id DESC LIMIT 1';
