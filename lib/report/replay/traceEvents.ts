/** Writes timelines for Chrome's tracing and Perfetto. Called by `replay --trace`, and for the sampled trials of `run --trace`. */

import type { Timeline, TimelineRow } from '../../evidence/timeline.js';
import type { TraceDocument, TraceEvent } from '../format/traceEvent.js';
import { columnName } from './columnName.js';
import { flowsOf, type Flow } from './flows.js';

/** Length of each step: the picture shows an order, not time. */
const STEP_US = 1;
const PID = 1;

/** Where a timeline stands among others: the number of its process and its name, when it begins, and the id of its first arrow. */
export interface TimelinePlace {
  readonly pid: number;
  readonly name: string;
  readonly us: number;
  readonly arrow: number;
}

/** Returns a timeline as trace events: a thread for each CPU with its functions, interrupts and steps, a thread for the windows, and arrows. */
export function traceEvents(timeline: Timeline): TraceDocument {
  const { race, variant, signature, trial } = timeline;
  return {
    traceEvents: eventsOf(timeline, `${race}:${variant}, trial ${trial}: ${signature}`),
    displayTimeUnit: 'ns',
    otherData: {
      note: 'an interleaving that explains the records of a failure; each step is drawn one microsecond long',
    },
  };
}

/** Returns the same events at another place. */
export function timelineEvents(timeline: Timeline, { pid, name, us, arrow: first }: TimelinePlace): TraceEvent[] {
  return eventsOf(timeline, name).map(({ ts, id, ...event }) => ({
    ...event,
    pid,
    ...(ts === undefined ? {} : { ts: us + ts }),
    ...(id === undefined ? {} : { id: first + id }),
  }));
}

function eventsOf(timeline: Timeline, name: string): TraceEvent[] {
  const { cpus, rows } = timeline;
  return [
    named('process_name', 0, name),
    ...cpus.map(({ id, actor }) => named('thread_name', id + 1, `${columnName(timeline, id)}, ${actor}`)),
    named('thread_name', cpus.length + 1, 'windows'),
    ...cpus.flatMap(({ id }) => cpuEvents(rows, id)),
    ...windowEvents(rows, cpus.length + 1),
    ...flowsOf(rows).flatMap(arrow),
  ];
}

function named(name: string, tid: number, what: string): TraceEvent {
  return { name, ph: 'M', pid: PID, tid, args: { name: what } };
}

function slice(name: string, tid: number, first: number, last: number, args: TraceEvent['args'] = {}): TraceEvent {
  return { name, ph: 'X', pid: PID, tid, ts: (first - 1) * STEP_US, dur: (last - first + 1) * STEP_US, args };
}

/** Returns the two ends of an arrow between steps, each in the middle of its step. */
function arrow({ name, from, to }: Flow, id: number): TraceEvent[] {
  const end = (row: TimelineRow) => ({ pid: PID, tid: row.cpu + 1, ts: (row.number - 0.5) * STEP_US });
  const both = { name, cat: name, id, args: {} };
  return [
    { ...both, ph: 's', ...end(from) },
    { ...both, ph: 'f', bp: 'e', ...end(to) },
  ];
}

function cpuEvents(rows: readonly TimelineRow[], cpu: number): TraceEvent[] {
  const own = rows.filter((row) => row.cpu === cpu);
  return [
    ...runs(own, (row) => row.inInterrupt).flatMap(({ value, first, last }) =>
      value ? [slice('interrupt', cpu + 1, first, last)] : [],
    ),
    ...runs(own, (row) => `${row.fn}\n${row.inInterrupt}`).flatMap(({ value, first, last }) => {
      const [fn] = value.split('\n');
      return fn === '' ? [] : [slice(fn, cpu + 1, first, last)];
    }),
    ...own.map(({ number, text, step, before, after, switched, kind }) =>
      slice(text, cpu + 1, number, number, {
        step,
        kind,
        ...(switched === null ? {} : { order: switched }),
        ...(kind === 'load' || kind === 'store' ? { before, after } : {}),
      }),
    ),
  ];
}

/** Joins neighbouring rows with the same value. */
function runs<T>(
  rows: readonly TimelineRow[],
  of: (row: TimelineRow) => T,
): { value: T; first: number; last: number }[] {
  const found: { value: T; first: number; last: number }[] = [];
  for (const row of rows) {
    const value = of(row);
    const last = found.at(-1);
    if (last !== undefined && last.value === value) last.last = row.number;
    else found.push({ value, first: row.number, last: row.number });
  }
  return found;
}

function windowEvents(rows: readonly TimelineRow[], tid: number): TraceEvent[] {
  const names = new Set(rows.flatMap((row) => row.windows));
  return [...names].flatMap((name) =>
    runs(rows, (row) => row.windows.includes(name)).flatMap(({ value, first, last }) =>
      value ? [slice(name, tid, first, last)] : [],
    ),
  );
}
