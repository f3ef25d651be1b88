/**
 * A ring of entries in shared memory that keeps the newest ones. Each CPU writes its records into one
 * (lib/machine/recorder.ts).
 */

import { LINE_WORDS } from './layout.js';

/** Words of one entry of a ring. */
export const ENTRY_WORDS = 4;

/** The head is a signed word: a ring that is never reset continues from HEAD_AGAIN, a multiple of any capacity. */
const HEAD_MAX = 2 ** 31 - 1;
export const HEAD_AGAIN = 2 ** 30;

/** Returns the number of words that a ring of `capacity` entries takes: a line for its head, then the entries. */
export function ringWords(capacity: number): number {
  return LINE_WORDS + capacity * ENTRY_WORDS;
}

/**
 * A ring of four-word entries with one writer: when it is full, the oldest entry is overwritten.
 * The writer uses plain stores: a reader on another thread must have met the writer (a gate, a lock) to see them all,
 * or live with what it sees, as a watchdog does.
 */
export class Ring {
  readonly capacity: number;
  readonly #mem: Int32Array;
  readonly #head: number;
  readonly #entries: number;
  readonly #mask: number;

  /** `at`: word index of ringWords(capacity) words on a cache line; `capacity`: a power of two from 2 on. */
  constructor(mem: Int32Array, at: number, capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 2 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`Ring: capacity ${capacity}, a power of two from 2 on is needed`);
    }
    this.capacity = capacity;
    this.#mem = mem;
    this.#head = at;
    this.#entries = at + LINE_WORDS;
    this.#mask = capacity - 1;
  }

  /** Forgets all entries. Writer only. */
  reset(): void {
    this.#mem[this.#head] = 0;
  }

  /** Appends one entry. Writer only. */
  push(a: number, b: number, c: number, d: number): void {
    const mem = this.#mem;
    const n = mem[this.#head];
    const at = this.#entries + (n & this.#mask) * ENTRY_WORDS;
    mem[at] = a;
    mem[at + 1] = b;
    mem[at + 2] = c;
    mem[at + 3] = d;
    mem[this.#head] = n === HEAD_MAX ? HEAD_AGAIN : n + 1;
  }

  /** Returns the number of entries written since the last reset, the overwritten ones included. At 2^31 the count falls back to 2^30. */
  get written(): number {
    return this.#mem[this.#head];
  }

  /** Returns the number of entries that can still be read: the newest min(written, capacity). */
  get kept(): number {
    return Math.min(this.written, this.capacity);
  }

  /** Returns the word index of the entry that was written as number `n`, from 0, if it is still kept. */
  indexOf(n: number): number {
    return this.#entries + (n & this.#mask) * ENTRY_WORDS;
  }

  /** Returns the word index of the `i`-th entry still kept, oldest first (0 <= i < kept). */
  at(i: number): number {
    return this.#entries + ((this.written - this.kept + i) & this.#mask) * ENTRY_WORDS;
  }
}
