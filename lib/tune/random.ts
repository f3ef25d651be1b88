/** Random numbers for a search, drawn from a seed. Used by lib/tune only; trials draw theirs in lib/machine. */

import { draw } from '../machine/random.js';

/** A sequence of random numbers that is fixed by its seed. */
export class Random {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Returns a number from 0 to 1, without 1. */
  next(): number {
    return draw(this.#seed, 0, this.#drawn++) / 2 ** 32;
  }

  /** Returns one of the values, of which there is at least one. */
  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)];
  }

  /** Returns a whole number from `low`, at least 1, to `high`: each power of two is equally likely. */
  magnitude(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.next());
  }

  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }
}
