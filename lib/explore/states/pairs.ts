/**
 * A table of pairs of words, each kept once: a pair has the number of its first appearance. Used by vectors.ts and search.ts.
 *
 * Pairs are compared exactly; the hash only says where to look.
 */

const FIRST_SIZE = 1 << 10;

/** Grows as it is filled. */
export class PairTable {
  #rows = new Int32Array(2 * FIRST_SIZE);
  /** Number of the pair plus 1; 0 for none. Twice as many as there are rows. */
  #slots = new Int32Array(2 * FIRST_SIZE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#slots.byteLength;
  }

  left(pair: number): number {
    return this.#rows[2 * pair];
  }

  right(pair: number): number {
    return this.#rows[2 * pair + 1];
  }

  /** Returns the number of the pair; -1 if it is not kept. */
  find(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)] - 1;
  }

  /** Returns the number of the pair, which is kept from now on. */
  intern(left: number, right: number): number {
    const rows = this.#rows;
    const slot = this.#slotOf(left, right);
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1;
    const made = this.#size++;
    rows[2 * made] = left;
    rows[2 * made + 1] = right;
    this.#slots[slot] = this.#size;
    if (2 * this.#size === rows.length) this.#grow();
    return made;
  }

  /** Returns the slot that a pair has; one that is 0, where it would be, if it is not kept. */
  #slotOf(left: number, right: number): number {
    const rows = this.#rows;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash(left, right) & mask;
    for (let known = slots[at]; known !== 0; known = slots[at]) {
      const row = 2 * (known - 1);
      if (rows[row] === left && rows[row + 1] === right) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.#rows.length);
    rows.set(this.#rows);
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let pair = 0; pair < this.#size; pair++) {
      let at = hash(rows[2 * pair], rows[2 * pair + 1]) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = pair + 1;
    }
    this.#rows = rows;
    this.#slots = slots;
  }
}

function hash(left: number, right: number): number {
  let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 0x7f4a7c15, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
