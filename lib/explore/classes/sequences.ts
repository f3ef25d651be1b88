/**
 * Numbers of sequences: what a CPU has read of the words of a race, one value after another, and where interrupts came between. Used by
 * counted.ts for the places of a tree, and for the records of a trial.
 */

import { PairTable } from '../states/pairs.js';

/** The sequence without anything in it. */
export const NOTHING_READ = 0;
/** An interrupt, among the numbers of values. */
const INTERRUPT = 0;

/** Sequences, each with a number. */
export class Sequences {
  readonly #table = new PairTable();
  readonly #values = new Map<number, number>();
  /** Values by their number; there is none for INTERRUPT. */
  readonly #byNumber: (number | null)[] = [null];

  constructor() {
    this.#table.intern(-1, -1);
  }

  /** Returns the sequence with another value behind it. */
  read(sequence: number, value: number): number {
    let number = this.#values.get(value);
    if (number === undefined) {
      number = 1 + this.#values.size;
      this.#values.set(value, number);
      this.#byNumber.push(value);
    }
    return this.#table.intern(sequence, number);
  }

  /** Returns the sequence with an interrupt behind it. */
  interrupt(sequence: number): number {
    return this.#table.intern(sequence, INTERRUPT);
  }

  /** Returns a sequence in words that do not depend on which others there are: "1 0 irq 3". */
  textOf(sequence: number): string {
    const words: string[] = [];
    for (let at = sequence; at !== NOTHING_READ; at = this.#table.left(at)) {
      const value = this.#byNumber[this.#table.right(at)];
      words.push(value === null ? 'irq' : String(value));
    }
    return words.toReversed().join(' ');
  }
}
