/*
 * How a search of all states works on memory that a race has beside its machine's. Implemented by lib/js/explored, used by lib/explore.
 *
 * The actors run in one thread. Each operation on the memory is a step of the search: it says what the operation does in a state, and
 * the actor goes on with the value that it returns there.
 */

import type { Cpu } from '../machine/cpu.js';
import type { ExploredOperation } from '../machine/explored.js';

/** The words of one state, by their addresses: those that records have, of words and not of bytes. */
export interface StateWords {
  read(address: number): number;
  write(address: number, value: number): void;
  /** Returns all words of memory beside the machine's that are not what they are at first, the lowest address first. */
  changed(): readonly (readonly [address: number, value: number])[];
}

/** An operation as one step. Two that do the same are one. */
export interface OwnOperation extends ExploredOperation {
  /** What it is called in messages: `Atomics.add of lock`. */
  readonly name: string;
  /** Does what it does in a state, and calls `done` with the value that it returns; not at all where it cannot be made. */
  apply(words: StateWords, done: (value: number) => void): void;
  /** How many records a machine makes of it, if it returned that. */
  records(value: number): number;
  /** Says what it did: `lock 0 -> 1 (add)`. */
  text(value: number): string;
}

/** An outcome, and whether any order leads to it. */
export interface ExploredOutcome {
  readonly outcome: string;
  readonly grade: 'accepted' | 'interesting' | 'forbidden' | 'required';
  readonly met: boolean;
}

/** The memory of one search. */
export interface ExploredMemory {
  /** How often each way of an actor is worth a run in which memory has other values. */
  readonly spoils: number;
  /** The outcomes that ends of trials have, as far as they were met, and those that are required; null where none is graded. */
  readonly outcomes: readonly ExploredOutcome[] | null;
  operation(id: number): OwnOperation;
  /** Returns what a word is in the first state. */
  first(address: number): number;
  nameOf(address: number): string;
  /** Brings the memory into its first state, for a run of an actor: the `spoilt`-th with other values in words that are stored, if not 0. */
  begin(cpu: Cpu, spoilt: number): void;
  /** Returns the name of a word that the running actor has changed without an operation; null if there is none. */
  changedAlone(): string | null;
  /** Takes what was done to the thread back. */
  leave(): void;
}
