/**
 * Checks what a search has found against the whole trace. Called by reconstruct.ts for every answer, so that a fault of
 * a search cannot become a wrong report.
 */

import type { Trace } from './trace.js';

/** Executes the interleaving access by access; returns the first mismatch with the observed values, or undefined. */
export function firstMismatch(trace: Trace, order: readonly number[]): string | undefined {
  const memory = new Map(trace.initial);
  const next = trace.cpus.map(() => 0);
  for (const cpu of order) {
    const index = next[cpu]++;
    const access = trace.cpus[cpu][index];
    if (access === undefined) return `CPU ${cpu} has no access ${index}`;
    for (const { from, to } of trace.edges) {
      if (to.cpu === cpu && to.index === index && next[from.cpu] <= from.index)
        return `access ${index} of CPU ${cpu} comes before access ${from.index} of CPU ${from.cpu}`;
    }
    const found = memory.get(access.address) ?? 0;
    if (found !== access.before) return `access ${index} of CPU ${cpu} finds ${found} instead of ${access.before}`;
    if (access.after !== access.before) memory.set(access.address, access.after);
  }
  const missing = next.findIndex((n, cpu) => n !== trace.cpus[cpu].length);
  return missing < 0 ? undefined : `CPU ${missing} has accesses left`;
}
