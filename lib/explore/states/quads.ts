/**
 * A table of rows of four words, each kept once: a row has the number of its first appearance. Used by vectors.ts, whose nodes they are.
 *
 * Rows are compared exactly; the hash only says where to look.
 */

const FIRST_SIZE = 1 << 10;
/** The share of slots that are used before there are more. */
const FULL = 0.7;
/** Words of a row. */
const ROW = 4;

/** Grows as it is filled. */
export class QuadTable {
  #rows = new Int32Array(ROW * FIRST_SIZE);
  /** Number of the row plus 1, with bits of its hash above; 0 for none. As in pairs.ts. */
  #slots = new Int32Array(2 * FIRST_SIZE);
  #size = 0;

  get bytes(): number {
    return this.#rows.byteLength + this.#slots.byteLength;
  }

  /** Returns one of the words of a row, by its number from 0 to 3. */
  get(row: number, which: number): number {
    return this.#rows[ROW * row + which];
  }

  /** Returns the number of the row that differs from another one in one word. */
  with(row: number, which: number, word: number): number {
    const rows = this.#rows;
    const at = ROW * row;
    const [a, b, c, d] = [rows[at], rows[at + 1], rows[at + 2], rows[at + 3]];
    switch (which) {
      case 0:
        return this.intern(word, b, c, d);
      case 1:
        return this.intern(a, word, c, d);
      case 2:
        return this.intern(a, b, word, d);
      default:
        return this.intern(a, b, c, word);
    }
  }

  /** Returns the number of the row, which is kept from now on. */
  intern(a: number, b: number, c: number, d: number): number {
    const rows = this.#rows;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const h = hash(a, b, c, d);
    let slot = h & mask;
    for (let known = slots[slot]; known !== 0; known = slots[slot]) {
      if (((known ^ h) & ~mask) === 0) {
        const row = (known & mask) - 1;
        const at = ROW * row;
        if (rows[at] === a && rows[at + 1] === b && rows[at + 2] === c && rows[at + 3] === d) return row;
      }
      slot = (slot + 1) & mask;
    }
    const at = ROW * this.#size;
    rows[at] = a;
    rows[at + 1] = b;
    rows[at + 2] = c;
    rows[at + 3] = d;
    slots[slot] = (h & ~mask) | ++this.#size;
    if (ROW * this.#size === rows.length) this.#growRows();
    if (this.#size >= FULL * slots.length) this.#growSlots();
    return this.#size - 1;
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
    for (let row = 0, at = 0; row < this.#size; row++, at += ROW) {
      const h = hash(rows[at], rows[at + 1], rows[at + 2], rows[at + 3]);
      let slot = h & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (h & ~mask) | (row + 1);
    }
    this.#slots = slots;
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(c + 0x165667b1, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x297a2d39);
  return h ^ (h >>> 14);
}
