/**
 * Vectors of words as trees whose nodes have four branches, and are kept once each. Used by search.ts for the states that it has met.
 *
 * A state differs from the one in front of it in a word or two. As trees they share all the rest: a state takes a few nodes more,
 * however many words it has, and two vectors are equal if their numbers are. Vector 0 is that of zeros, whatever its length.
 */

import { QuadTable } from './quads.js';

/** Bits of an index that choose a branch of a node. */
const BITS = 2;
const BRANCH = 3;
const DEPTH_MAX = 16;

/** Vectors of 4^depth words. */
export class Vectors {
  readonly #nodes: QuadTable;
  /** How far the bits of an index are shifted at the first node. */
  readonly #shift: number;
  /** The nodes on the way to a word. */
  readonly #path = new Int32Array(DEPTH_MAX);

  constructor(nodes: QuadTable, depth: number) {
    this.#nodes = nodes;
    this.#shift = BITS * (depth - 1);
  }

  get length(): number {
    return 1 << (this.#shift + BITS);
  }

  /** Returns a word of a vector. */
  get(vector: number, index: number): number {
    const nodes = this.#nodes;
    let node = vector;
    for (let shift = this.#shift; shift >= 0; shift -= BITS) node = nodes.get(node, (index >>> shift) & BRANCH);
    return node;
  }

  /** Returns the vector that has another word there. */
  with(vector: number, index: number, value: number): number {
    const nodes = this.#nodes;
    const path = this.#path;
    let node = vector;
    let depth = 0;
    for (let shift = this.#shift; shift >= 0; shift -= BITS) {
      path[depth++] = node;
      node = nodes.get(node, (index >>> shift) & BRANCH);
    }
    if (node === value) return vector;
    node = value;
    for (let bits = index; depth > 0; bits >>>= BITS) node = nodes.with(path[--depth], bits & BRANCH, node);
    return node;
  }
}

/** Makes the table that vectors are kept in: its first node is that of zeros. */
export function vectorTable(): QuadTable {
  const nodes = new QuadTable();
  nodes.intern(0, 0, 0, 0);
  return nodes;
}

/** Returns the depth of a tree for so many words. */
export function depthFor(words: number): number {
  return Math.max(1, Math.ceil(Math.log2(words) / BITS));
}

/** How many times more words a tree has that is one deeper. */
export const DEEPER = 1 << BITS;

/** There are more words than vectors have. */
export const TOO_NARROW: unknown = Object.freeze({ tooNarrow: true });
