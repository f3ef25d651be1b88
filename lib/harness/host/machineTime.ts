/**
 * Counts what machines have done between two instants, and the CPU time that they had for it. Called on the host by those that change
 * settings of machines that run: lib/tune/rig.ts, lib/run/order/alternation.ts.
 */

import { minus, type Counts } from '../../statistics/counts.js';
import type { HostMachine } from './machine.js';
import { threadRanMs } from './threadTime.js';
import { totalsOf } from './totals.js';

/** Counts and times at one instant. */
export interface MachineLook {
  readonly counts: Counts;
  /** CPU time of each thread in milliseconds; null if the host does not report it. */
  readonly ranMs: readonly (number | null)[];
}

/** What was counted between two instants. */
export interface MachineSlice extends Counts {
  /** Seconds of CPU time in which the machines really ran. */
  readonly ranSeconds: number;
}

export function lookAtMachines(machines: readonly HostMachine[]): MachineLook {
  const tids = machines.flatMap((machine) => machine.tids());
  const counts = { ...totalsOf(machines), seconds: performance.now() / 1000 };
  return { counts, ranMs: tids.map(threadRanMs) };
}

/** Returns what was counted from one look to the next. `cores`: of the host. */
export function between(from: MachineLook, to: MachineLook, cores: number): MachineSlice {
  const counts = minus(to.counts, from.counts);
  const ran = to.ranMs.map((ms, i) => {
    const before = from.ranMs[i];
    return ms === null || before === null ? null : (ms - before) / 1000;
  });
  return { ...counts, ranSeconds: machineSeconds(ran, counts.seconds, cores) };
}

/**
 * Returns the seconds in which the machines really ran. If every CPU has a core, that is the least CPU time of all: the other CPUs
 * wait while another process is on that core. If CPUs share cores, it is their total CPU time per core. Returns the wall-clock
 * `seconds` if the host does not report CPU times.
 */
export function machineSeconds(ran: readonly (number | null)[], seconds: number, cores: number): number {
  const known = ran.filter((s) => s !== null);
  if (known.length < ran.length || known.length === 0) return seconds;
  if (known.length <= cores) return Math.min(seconds, ...known);
  return Math.min(seconds, known.reduce((sum, s) => sum + s, 0) / cores);
}
