/**
 * Makes the script of a replay from an interleaving. Called by explain.ts and reduce.ts; lib/harness/replay carries it
 * out.
 */

import type { RecordedTrace } from './recordedTrace.js';

/** One turn of a replay. */
export interface ScriptTurn {
  readonly cpu: number;
  /** Index of the access among its CPU's. */
  readonly index: number;
  /** The word that lib/machine/script.ts reads. */
  readonly code: number;
}

/** Returns the turns that replay this interleaving. Polls in vain are left out, since they change nothing. */
export function scriptOf(trace: RecordedTrace, order: readonly number[]): ScriptTurn[] {
  const next = trace.cpus.map(() => 0);
  return order.flatMap((cpu) => {
    const index = next[cpu]++;
    const { turn } = trace.cpus[cpu][index];
    return turn === undefined ? [] : [{ cpu, index, code: cpu | turn }];
  });
}
