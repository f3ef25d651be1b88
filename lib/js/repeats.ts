/**
 * Leaves repeated reads out of the records: those of a loop that waits for other values. Called by seam.ts for each operation that
 * leaves its word as it was.
 *
 * A loop that reads the same words with the same values as one iteration ago has learnt nothing. Of one that goes on for long the first
 * iteration is recorded, and the one in which a value is another one; so a wait of seconds has a few records, and a replay makes as many
 * iterations as there are. A few reads that are the same need not be a loop: they are recorded as soon as no more come.
 */

import { REPEATED_READS_MAX } from '../machine/recorder.js';

/** Repeated reads that may be no loop: code makes so many one after another. */
const KEPT_MAX = 16;
const MASK = 31;
/** A multiple of the places for reads, behind which they are counted anew. */
const COUNT_MAX = 0x3fff_ffe0;

/** The newest reads of a thread in which nothing else came between. */
export class Repeats {
  readonly #heads = new Int32Array(MASK + 1);
  readonly #addresses = new Int32Array(MASK + 1);
  readonly #values = new Int32Array(MASK + 1);
  /** For each period: how many reads in a row were the same as so many before. */
  readonly #same = new Int32Array(REPEATED_READS_MAX + 1);
  /** Reads that there are, and how many of the newest are not recorded; and the period by which they were left out. */
  #count = 0;
  #left = 0;
  #period = 0;
  readonly #record: (head: number, address: number, value: number) => void;

  constructor(record: (head: number, address: number, value: number) => void) {
    this.#record = record;
  }

  /** Whether there are any. */
  get hasRow(): boolean {
    return this.#count !== 0;
  }

  /** Takes one read, and records it unless it is a repeated one. */
  read(head: number, address: number, value: number): void {
    const count = this.#count;
    let period = 0;
    for (let p = 1; p <= REPEATED_READS_MAX; p++) {
      const at = (count - p) & MASK;
      const isSame =
        count >= p && this.#heads[at] === head && this.#addresses[at] === address && this.#values[at] === value;
      const same = isSame ? this.#same[p] + 1 : 0;
      this.#same[p] = same;
      // A whole iteration has come again, and this begins another one.
      if (period === 0 && same > p) period = p;
    }
    if (this.#left > 0 && period !== this.#period) this.#catchUp();
    const at = count & MASK;
    this.#heads[at] = head;
    this.#addresses[at] = address;
    this.#values[at] = value;
    // The low bits alone are looked at, and whether there are as many as a period.
    this.#count = count === COUNT_MAX ? MASK + 1 : count + 1;
    if (period === 0) this.#record(head, address, value);
    else {
      this.#period = period;
      this.#left++;
    }
  }

  /** Ends the row: another operation comes, or nothing more. */
  end(): void {
    if (this.#count === 0) return;
    if (this.#left > 0) this.#catchUp();
    this.#count = 0;
    this.#same.fill(0);
  }

  /** Forgets the reads of a trial that is over. */
  forget(): void {
    this.#left = 0;
    this.#count = 0;
    this.#same.fill(0);
  }

  /**
   * Records what was left out if it is little. Otherwise the reads of an iteration that has begun again and was not ended: a replay begins
   * it as well.
   */
  #catchUp(): void {
    for (let i = this.#left <= KEPT_MAX ? this.#left : this.#left % this.#period; i > 0; i--) {
      const at = (this.#count - i) & MASK;
      this.#record(this.#heads[at], this.#addresses[at], this.#values[at]);
    }
    this.#left = 0;
  }
}
