import type { RecordedTrace } from './recordedTrace.js';

/** One turn of a replay. */
export interface ScriptTurn {
  readonly cpu: number;
  /** Index of the access among its CPU's. */
  readonly index: number;
  /** As lib/machine/script.ts has it. */
  readonly code: number;
}

/** The turns of a replay in this order of accesses: looks that failed are left out, since nobody notices them. */
export function scriptOf(trace: RecordedTrace, order: readonly number[]): ScriptTurn[] {
  const next = trace.cpus.map(() => 0);
  return order.flatMap((cpu) => {
    const index = next[cpu]++;
    const { turn } = trace.cpus[cpu][index];
    return turn === undefined ? [] : [{ cpu, index, code: cpu | turn }];
  });
}
