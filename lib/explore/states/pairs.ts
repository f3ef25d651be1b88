/**
 * A table of pairs of words, each kept once: a pair has the number of its first appearance. Used by search.ts and others.
 *
 * Pairs are compared exactly; the hash only says where to look.
 */

const FIRST_SIZE = 1 << 10;
/** The share of slots that are used before there are more: what is looked at in a row of them lies side by side in memory. */
const FULL = 0.7;

/** Grows as it is filled. */
export class PairTable {
  #rows = new Int32Array(2 * FIRST_SIZE);
  /**
   * Number of the pair plus 1; 0 for none. The bits above are as many of the hash as there is room for: only of a pair that has the same
   * there the row is looked at, which is far away in memory.
   */
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
    const slots = this.#slots;
    const mask = slots.length - 1;
    const h = hash(left, right);
    for (let at = h & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const pair = (slots[at] & mask) - 1;
      if (((slots[at] ^ h) & ~mask) === 0 && this.left(pair) === left && this.right(pair) === right) return pair;
    }
    return -1;
  }

  /** Returns the number of the pair, which is kept from now on. */
  intern(left: number, right: number): number {
    const rows = this.#rows;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const h = hash(left, right);
    let at = h & mask;
    for (let known = slots[at]; known !== 0; known = slots[at]) {
      if (((known ^ h) & ~mask) === 0) {
        const pair = (known & mask) - 1;
        if (rows[2 * pair] === left && rows[2 * pair + 1] === right) return pair;
      }
      at = (at + 1) & mask;
    }
    const made = this.#size++;
    rows[2 * made] = left;
    rows[2 * made + 1] = right;
    slots[at] = (h & ~mask) | this.#size;
    if (2 * this.#size === rows.length) this.#growRows();
    if (this.#size >= FULL * slots.length) this.#growSlots();
    return made;
  }

  #growRows(): void {
    const rows = new Int32Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  #growSlots(): void {
    const rows = this.#rows;
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let pair = 0; pair < this.#size; pair++) {
      const h = hash(rows[2 * pair], rows[2 * pair + 1]);
      let at = h & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = (h & ~mask) | (pair + 1);
    }
    this.#slots = slots;
  }
}

function hash(left: number, right: number): number {
  let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 0x7f4a7c15, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
