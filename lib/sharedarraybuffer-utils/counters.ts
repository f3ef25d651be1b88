import { LINE_WORDS } from './layout.js';

const LOW_BITS = 30;
const LOW_MASK = (1 << LOW_BITS) - 1;
const LOW = 0;
const HIGH = 1;
const CARRY = 2;

/**
 * Counters of up to 2^53, each on its own cache line, each with one writer and any number of readers.
 * A reader never sees a count go back, also while the low word overflows into the high one.
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
    const sum = Atomics.load(this.#mem, at + LOW) + delta;
    if (sum <= LOW_MASK) {
      Atomics.store(this.#mem, at + LOW, sum);
      return;
    }
    Atomics.add(this.#mem, at + CARRY, 1);
    Atomics.store(this.#mem, at + LOW, sum & LOW_MASK);
    Atomics.add(this.#mem, at + HIGH, sum >>> LOW_BITS);
    Atomics.add(this.#mem, at + CARRY, 1);
  }

  read(i: number): number {
    const at = this.#at + i * LINE_WORDS;
    for (;;) {
      const before = Atomics.load(this.#mem, at + CARRY);
      const low = Atomics.load(this.#mem, at + LOW);
      const high = Atomics.load(this.#mem, at + HIGH);
      if ((before & 1) === 0 && Atomics.load(this.#mem, at + CARRY) === before) return high * (LOW_MASK + 1) + low;
    }
  }
}
