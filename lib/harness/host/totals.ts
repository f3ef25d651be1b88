/** Adds up the counts of all machines of a run. Called on the host by run.ts and lib/harness/watch/supervise.ts. */

import type { CountedOutcome } from '../../statistics/verdict.js';
import { signaturesOf } from '../../machine/signatures.js';
import type { HostMachine, MachineCounts } from './machine.js';

/** Counts of all machines together. */
export interface Totals {
  readonly trials: number;
  readonly rounds: number;
  readonly nearMisses: number;
  readonly failures: number;
  /** A hang is told apart whether the race declares it or not. */
  readonly outcomes: readonly CountedOutcome[];
  /** Milliseconds from the start of the process to the first failure; null if there was none. */
  readonly firstFailureMs: number | null;
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
    trials: sum((c) => Math.max(c.trials, c.failures)),
    rounds: sum((c) => c.rounds),
    nearMisses: sum((c) => c.nearMisses),
    failures: sum((c) => c.failures),
    outcomes: signaturesOf(machines[0].declared)
      .map((signature, i) => ({
        signature,
        count: sum((c) => c.signatures[i]),
        declared: machines[0].declared.includes(signature),
      }))
      .filter((o) => o.count > 0),
    firstFailureMs: first.length === 0 ? null : Math.min(...first),
  };
}
