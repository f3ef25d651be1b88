/**
 * Numbers of sequences: what a CPU has read of the words of a race, one value after another, and where interrupts came between. Used by
 * counted.ts for the places of a tree, and by known.ts for the records of a trial.
 */

import { PairTable } from '../states/pairs.js';

/** The sequence without anything in it. */
export const NOTHING_READ = 0;
/** An interrupt, among the numbers of values. */
const INTERRUPT = 0;

/** Sequences in a form that can be sent to another thread: each is one before it, and a number; and the values of numbers. */
export interface SequencesData {
  readonly pairs: Int32Array;
  readonly values: readonly number[];
}

/** Sequences, each with a number. */
export class Sequences {
  readonly #table = new PairTable();
  readonly #values = new Map<number, number>();
  /** Values by their number; there is none for INTERRUPT. */
  readonly #byNumber: (number | null)[] = [null];

  constructor() {
    this.#table.intern(-1, -1);
  }

  /** Returns sequences with the numbers that they have in `data`. */
  static of({ pairs, values }: SequencesData): Sequences {
    const made = new Sequences();
    for (const value of values) made.#numberOf(value);
    for (let i = 2; i < pairs.length; i += 2) made.#table.intern(pairs[i], pairs[i + 1]);
    return made;
  }

  get data(): SequencesData {
    const pairs = new Int32Array(2 * this.#table.size);
    for (let i = 0; i < this.#table.size; i++) pairs.set([this.#table.left(i), this.#table.right(i)], 2 * i);
    return { pairs, values: [...this.#values.keys()] };
  }

  /** Returns the sequence with another value behind it. */
  read(sequence: number, value: number): number {
    return this.#table.intern(sequence, this.#numberOf(value));
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

  #numberOf(value: number): number {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    const number = 1 + this.#values.size;
    this.#values.set(value, number);
    this.#byNumber.push(value);
    return number;
  }
}
