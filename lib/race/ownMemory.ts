/*
 * Memory that the trials of a race work on beside their machine's: that of JavaScript code which knows of no machine. Its operations
 * are recorded, and the machine accesses none of it. lib/js makes such races; the harness makes the memory on the host, sends it to
 * each CPU's thread, and has it brought into its first state.
 */

import type { Cpu } from '../machine/cpu.js';
import type { Snapshot } from '../machine/snapshotView.js';
import type { ExploredMemory } from './exploredMemory.js';

/** What the host sends to each thread of a machine: anything that can be cloned. */
export type OwnParts = unknown;

/** Memory of a race beside its machine's. */
export interface OwnMemory {
  /** Whether actors may be asynchronous: a trial ends when what they return has settled. */
  readonly isAwaited: boolean;
  /** Makes it for one machine with so many CPUs. On the host. */
  make(variant: string, cpus: number): OwnParts;
  /** Takes it up on the thread of a CPU, before its first trial. */
  join(cpu: Cpu, parts: OwnParts, config: unknown): Promise<Joined>;
  /** Has the first state of the next trial be this: bytes from the first one on, and values, as records have them. On the host. */
  begin(parts: OwnParts, values: readonly (readonly [number, number])[]): void;
  /** Names what is at a byte, as records have it. On the host. */
  symbol(parts: OwnParts, byte: number): string;
  /** Explains a failure in sentences, the first one a headline; of an exception, `thrown`, who has thrown it. On the host. */
  explain(parts: OwnParts, snapshot: Snapshot, thrown: string): readonly string[];
  /** Counts the outcomes of all trials of these machines; null if the race grades none. On the host. */
  graded(machines: readonly OwnParts[]): readonly GradedOutcome[] | null;
  /** Makes it for a search of all states, in the running thread; returns why there can be none, where that is so. */
  explore(variant: string, cpus: number): Promise<ExploredMemory | string>;
}

/** How often the trials of a run had an outcome that the race grades. */
export interface GradedOutcome {
  readonly outcome: string;
  readonly grade: 'accepted' | 'interesting' | 'forbidden' | 'required';
  readonly count: number;
}

/** A thread that has taken up such memory. */
export interface Joined {
  /** Brings the memory into its first state, unless it is there. While nobody runs an actor, on one thread alone. */
  prepare(): void;
  /** Waits until another thread has prepared it. */
  awaitPrepared(): void;
  /** Takes what was done to the thread back. */
  leave(): void;
}
