/** Adds up the counts of all machines of a run. Called on the host by run.ts and lib/harness/watch/supervise.ts. */

import { sumOfCounts, type Counts } from '../../statistics/counts.js';
import { signaturesOf } from '../../machine/signatures.js';
import type { HostMachine, MachineCounts } from './machine.js';

/** Adds up rows of counts, each entry for itself. At least one row, all of one length. */
export function sumOfEach(rows: readonly (readonly number[])[]): number[] {
  return rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0));
}

/** Counts of all machines together. */
export interface Totals extends Omit<Counts, 'seconds'> {
  readonly rounds: number;
  /** Milliseconds from the start of the process to the first failure; null if there was none. */
  readonly firstFailureMs: number | null;
  /** Blocks of trials that had a failure: see HostMachine.failingBlocks(). */
  readonly blocks: readonly number[];
}

/**
 * Adds up what all machines have counted. A failure is counted at once and the trials of a round at its end: a round that is under way,
 * or was cut off, has at least as many trials as failures.
 */
export function totalsOf(machines: readonly HostMachine[]): Totals {
  const all: MachineCounts[] = machines.map((machine) => machine.counts());
  const sum = (pick: (c: MachineCounts) => number): number => all.reduce((n, c) => n + pick(c), 0);
  const first = all.flatMap((c) => c.firstFailureMs ?? []);
  return {
    ...sumOfCounts(
      all.map(({ trials, failures, nearMisses }) => ({ trials: Math.max(trials, failures), failures, nearMisses })),
    ),
    rounds: sum((c) => c.rounds),
    outcomes: signaturesOf(machines[0].declared)
      .map((signature, i) => ({
        signature,
        count: sum((c) => c.signatures[i]),
        declared: machines[0].declared.includes(signature),
      }))
      .filter((o) => o.count > 0),
    firstFailureMs: first.length === 0 ? null : Math.min(...first),
    blocks: sumOfEach(machines.map((machine) => machine.failingBlocks())),
  };
}
