/**
 * Counters in shared memory that one thread writes and all can read. The counts of a machine are such counters
 * (lib/machine/cpu.ts, lib/harness/host/machine.ts).
 */

import { LINE_WORDS } from './layout.js';

/*
 * A count is two words: the low one has 30 bits of it and, above them, the last bit of the high one. The high word is
 * written first. So a reader that finds another bit there than in the high word has met the writer between its two
 * stores, or one that was ended there: the high word is one too large for the low one.
 */
const LOW_BITS = 30;
const LOW_MASK = (1 << LOW_BITS) - 1;
const LOW = 0;
const HIGH = 1;

/** Looks for two equal low words around a high one: the writer would have to carry between any two of them. */
const LOOKS_MAX = 100;

/**
 * Counters of up to 2^53, each on its own cache line, each with one writer and any number of readers. A reader never
 * sees a count go back, also while the low word overflows into the high one, and never waits for the writer: if that is
 * ended in the middle of an addition, the count is what it was before, and another writer continues from there.
 */
export class Counters {
  readonly #mem: Int32Array;
  readonly #at: number;

  static words(count: number): number {
    return count * LINE_WORDS;
  }

  constructor(mem: Int32Array, at: number) {
    this.#mem = mem;
    this.#at = at;
  }

  /** Adds 0 .. 2^30 to counter `i`. Only its one writer may. */
  add(i: number, delta: number): void {
    const at = this.#at + i * LINE_WORDS;
    const word = Atomics.load(this.#mem, at + LOW);
    const sum = (word & LOW_MASK) + delta;
    if (sum <= LOW_MASK) {
      Atomics.store(this.#mem, at + LOW, word + delta);
      return;
    }
    const high = (highFor(word, Atomics.load(this.#mem, at + HIGH)) + 1) | 0;
    Atomics.store(this.#mem, at + HIGH, high);
    Atomics.store(this.#mem, at + LOW, (sum & LOW_MASK) | ((high & 1) << LOW_BITS));
  }

  read(i: number): number {
    const at = this.#at + i * LINE_WORDS;
    let low = Atomics.load(this.#mem, at + LOW);
    for (let looks = 0; ; looks++) {
      const high = Atomics.load(this.#mem, at + HIGH);
      const again = Atomics.load(this.#mem, at + LOW);
      if (again === low || looks === LOOKS_MAX) return highFor(low, high) * (LOW_MASK + 1) + (low & LOW_MASK);
      low = again;
    }
  }
}

/** Returns the high word that belongs to a low one. */
function highFor(low: number, high: number): number {
  return ((low >>> LOW_BITS) & 1) === (high & 1) ? high : high - 1;
}
