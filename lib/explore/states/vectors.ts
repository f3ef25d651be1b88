/**
 * Vectors of words as binary trees whose nodes are kept once each. Used by search.ts for the states that it has met.
 *
 * A state differs from the one in front of it in a word or two. As trees they share all the rest: a state takes a few nodes more,
 * however many words it has, and two vectors are equal if their numbers are. Vector 0 is that of zeros, whatever its length.
 */

import { PairTable } from './pairs.js';

/** Vectors of 2^depth words. */
export class Vectors {
  readonly #pairs: PairTable;
  readonly #depth: number;
  /** The nodes on the way to a word. */
  readonly #path = new Int32Array(32);

  constructor(pairs: PairTable, depth: number) {
    this.#pairs = pairs;
    this.#depth = depth;
  }

  get length(): number {
    return 1 << this.#depth;
  }

  /** Returns a word of a vector. */
  get(vector: number, index: number): number {
    let node = vector;
    for (let bit = this.#depth - 1; bit >= 0; bit--)
      node = (index >>> bit) & 1 ? this.#pairs.right(node) : this.#pairs.left(node);
    return node;
  }

  /** Returns the vector that has another word there. */
  with(vector: number, index: number, value: number): number {
    const pairs = this.#pairs;
    const path = this.#path;
    let node = vector;
    for (let bit = this.#depth - 1; bit >= 0; bit--) {
      path[bit] = node;
      node = (index >>> bit) & 1 ? pairs.right(node) : pairs.left(node);
    }
    if (node === value) return vector;
    node = value;
    for (let bit = 0; bit < this.#depth; bit++)
      node =
        (index >>> bit) & 1 ? pairs.intern(pairs.left(path[bit]), node) : pairs.intern(node, pairs.right(path[bit]));
    return node;
  }
}

/** Makes the table that vectors are kept in: its first pair is that of zeros. */
export function vectorTable(): PairTable {
  const pairs = new PairTable();
  pairs.intern(0, 0);
  return pairs;
}

/** Returns the depth of a tree for so many words. */
export function depthFor(words: number): number {
  return Math.max(1, Math.ceil(Math.log2(words)));
}

/** There are more words than vectors have. */
export const TOO_NARROW: unknown = Object.freeze({ tooNarrow: true });
