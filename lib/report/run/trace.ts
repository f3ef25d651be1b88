/** Writes what was counted during runs for Chrome's tracing and Perfetto: rates over time, and sampled trials. Called by `run --trace`. */

import type { TraceDocument, TraceEvent } from '../format/traceEvent.js';
import { binsOf } from './bins.js';
import type { RunDocument } from './document.js';

export const RUNS_PID = 1;

/** The events of sampled trials, and words about them; null if there are none. */
export interface SampledEvents {
  readonly events: readonly TraceEvent[];
  readonly note: string | null;
}

const NO_SAMPLES: SampledEvents = { events: [], note: null };

/**
 * Returns a thread for each run with its length and its first failure, and counters of trials and failures a second. `sampled`: the events of
 * trials that were sampled (lib/cli/run/sampledTrace.ts), and what is said of them.
 */
export function runsTrace(runs: readonly RunDocument[], sampled: SampledEvents = NO_SAMPLES): TraceDocument {
  return {
    traceEvents: [
      { name: 'process_name', ph: 'M', pid: RUNS_PID, tid: 0, args: { name: `racehammer run ${runs[0]?.race ?? ''}` } },
      ...runs.flatMap((run, i) => eventsOf(run, i + 1)),
      ...sampled.events,
    ],
    displayTimeUnit: 'ms',
    otherData: {
      note: 'counts as the host has read them during the runs; times are those since the process began',
      ...(sampled.note === null ? {} : { sampled: sampled.note }),
    },
  };
}

function eventsOf(run: RunDocument, tid: number): TraceEvent[] {
  const { variant, verdict, startedMs, firstFailureMs, trials, failures, seed, repeat } = run;
  const us = (ms: number): number => Math.round(1000 * ms);
  const bins = binsOf(run);
  const lastMs = bins.at(-1)?.toMs ?? 0;
  const rates = bins.map((bin) => ({
    ms: bin.fromMs,
    args: { trials: bin.trials / bin.seconds, failures: bin.failures / bin.seconds },
  }));
  const ended = { ms: lastMs, args: { trials: 0, failures: 0 } };
  return [
    { name: 'thread_name', ph: 'M', pid: RUNS_PID, tid, args: { name: variant } },
    {
      name: `${variant}: ${verdict}`,
      ph: 'X',
      pid: RUNS_PID,
      tid,
      ts: us(startedMs),
      dur: us(lastMs),
      args: { trials, failures, seed, repeat },
    },
    ...(firstFailureMs === null
      ? []
      : [{ name: 'first failure', ph: 'i', pid: RUNS_PID, tid, ts: us(firstFailureMs), args: {} } as const]),
    ...[...rates, ended].flatMap(({ ms, args }) =>
      (['trials', 'failures'] as const).map((what): TraceEvent => ({
        name: `${what} a second`,
        ph: 'C',
        pid: RUNS_PID,
        tid,
        ts: us(startedMs + ms),
        args: { [what]: args[what] },
      })),
    ),
  ];
}
