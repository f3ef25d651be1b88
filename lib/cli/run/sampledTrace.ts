/** The sampled trials of runs as trace events: each is a process of its own, beside the counters of the runs. Called by run.ts for --trace. */

import { counted, formatCount } from '../../report/format/numbers.js';
import type { TraceEvent } from '../../report/format/traceEvent.js';
import { timelineEvents } from '../../report/replay/traceEvents.js';
import type { RunDocument } from '../../report/run/document.js';
import { RUNS_PID, type SampledEvents } from '../../report/run/trace.js';
import type { SampledOrders } from '../../run/order/sampledOrders.js';

/** A run with what was sampled of it; null where no trial can be. */
export interface SampledRun {
  readonly run: Pick<RunDocument, 'race' | 'variant' | 'startedMs'>;
  readonly sampled: SampledOrders | null;
}

/** Returns the sampled trials of the runs, each where the host has read it. */
export function sampledEvents(runs: readonly SampledRun[]): SampledEvents {
  const events: TraceEvent[] = [];
  let pid = RUNS_PID;
  for (const { run, sampled } of runs) {
    for (const { timeline, ms, count } of sampled?.orders ?? []) {
      const name = `${run.race}:${run.variant}, a sampled trial: ${formatCount(count)} of ${counted(sampled!.sampled, 'sample')} are like it`;
      const arrow = events.filter(({ ph }) => ph === 's').length;
      events.push(
        ...timelineEvents(timeline, { pid: ++pid, name, us: Math.round(1000 * (run.startedMs + ms)), arrow }),
      );
    }
  }
  return { events, note: runs.length === 0 ? null : runs.map(wordsOf).join('; ') };
}

/** Returns "buggy: 8 of 12 kinds of trials that did not fail, in 602 samples". */
function wordsOf({ run: { variant }, sampled }: SampledRun): string {
  if (sampled === null) return `${variant}: no trial can be sampled under these conditions`;
  const { orders, kinds, unexplained } = sampled;
  const left = unexplained === 0 ? '' : `, and ${formatCount(unexplained)} for which no order was found`;
  return `${variant}: ${formatCount(orders.length)} of ${counted(kinds, 'kind')} of trials that did not fail${left}, in ${counted(sampled.sampled, 'sample')}; each step is drawn one microsecond long`;
}
