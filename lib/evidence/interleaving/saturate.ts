/**
 * Derives the order that the records alone prove, before any search. Called by reconstruct.ts; it shrinks the search,
 * and often shows a contradiction at once.
 */

import type { Problem } from './problem.js';

/**
 * Returns the proved order: for each kept access `a` and each CPU `c`, `pred[a * cpus + c]` accesses of `c` precede `a`.
 * Returns undefined if the records contradict each other.
 *
 * Rules, applied to a fixpoint: program order and transitivity; a load follows at least one of the stores that its value can
 * be from; it precedes every store that all of these precede; a value is overwritten by one store only.
 */
export function saturate(problem: Problem): Int32Array | undefined {
  const s = new Saturation(problem);
  return s.run() ? s.pred : undefined;
}

/** The beginning, among the candidates for where a value is from. */
const INITIAL = -1;
/** Limit of the work of saturation; the search must find the rest. */
const STEPS_MAX = 40_000_000;

class Saturation {
  readonly pred: Int32Array;
  readonly #p: Problem;
  /** Index of each access in its CPU's order. */
  readonly #index: Int32Array;
  /** Value-changing stores of each word, by CPU, in their order. */
  readonly #stores: number[][][];
  /** Where the value that an access finds can be from: stores, or INITIAL. */
  readonly #candidates: number[][];
  #changed = false;
  #steps = 0;

  constructor(problem: Problem) {
    const { cpus, count, cpuOf, word, before, after, starts } = problem;
    this.#p = problem;
    this.pred = new Int32Array(count * cpus);
    this.#index = Int32Array.from({ length: count }, (_, a) => a - starts[cpuOf[a]]);
    this.#stores = Array.from({ length: problem.words }, () => Array.from({ length: cpus }, (): number[] => []));
    const writers = new Map<number, number[]>();
    for (let a = 0; a < count; a++) {
      if (before[a] === after[a]) continue;
      this.#stores[word[a]][cpuOf[a]].push(a);
      const key = problem.valueBase[word[a]] + after[a];
      const list = writers.get(key);
      if (list === undefined) writers.set(key, [a]);
      else list.push(a);
    }
    this.#candidates = Array.from({ length: count }, (_, a) => {
      const from = (writers.get(problem.valueBase[word[a]] + before[a]) ?? []).filter(
        (w) => w !== a && (cpuOf[w] !== cpuOf[a] || w < a),
      );
      return before[a] === problem.initial[word[a]] ? [INITIAL, ...from] : from;
    });
  }

  run(): boolean {
    const { count, cpus, cpuOf, edges } = this.#p;
    for (let a = 0; a < count; a++) this.pred[a * cpus + cpuOf[a]] = this.#index[a];
    for (const { from, to } of edges) this.#order(from, to);
    do {
      this.#changed = false;
      if (!this.#close() || !this.#candidatesLeft() || !this.#consume()) return false;
      for (let a = 0; a < count; a++) this.#orderByValue(a);
    } while (this.#changed && this.#steps < STEPS_MAX);
    return this.#close();
  }

  /** Whether a precedes b in every interleaving. */
  #before(a: number, b: number): boolean {
    const cpu = this.#p.cpuOf[a];
    return a !== b && this.pred[b * this.#p.cpus + cpu] > this.#index[a];
  }

  #order(a: number, b: number): void {
    const at = b * this.#p.cpus + this.#p.cpuOf[a];
    if (this.pred[at] > this.#index[a]) return;
    this.pred[at] = this.#index[a] + 1;
    this.#changed = true;
  }

  /** Applies program order and transitivity. Returns false if an access would have to precede itself. */
  #close(): boolean {
    const { cpus, count, cpuOf, starts } = this.#p;
    const { pred } = this;
    for (let again = true; again;) {
      again = false;
      for (let a = 0; a < count; a++) {
        const own = cpuOf[a];
        if (this.#index[a] > 0) again = this.#inherit(a, a - 1) || again;
        for (let c = 0; c < cpus; c++) {
          const n = pred[a * cpus + c];
          if (c !== own && n > 0) again = this.#inherit(a, starts[c] + n - 1) || again;
        }
        if (pred[a * cpus + own] > this.#index[a]) return false;
      }
      this.#steps += count * cpus * cpus;
    }
    return true;
  }

  /** Lets all that precedes b precede a; returns whether that was new. */
  #inherit(a: number, b: number): boolean {
    const { cpus } = this.#p;
    let grown = false;
    for (let c = 0; c < cpus; c++) {
      const n = this.pred[b * cpus + c];
      if (n <= this.pred[a * cpus + c]) continue;
      this.pred[a * cpus + c] = n;
      grown = true;
    }
    return grown;
  }

  /** Drops the candidates that the order rules out. Returns false if an access has none left. */
  #candidatesLeft(): boolean {
    for (let a = 0; a < this.#p.count; a++) {
      const list = this.#candidates[a];
      if (list.length > 1 || list[0] !== INITIAL) this.#candidates[a] = list.filter((w) => this.#canBeFrom(a, w));
      else if (!this.#canBeFrom(a, INITIAL)) return false;
      if (this.#candidates[a].length === 0) return false;
    }
    return true;
  }

  #canBeFrom(a: number, w: number): boolean {
    const { cpus, word } = this.#p;
    if (w !== INITIAL && this.#before(a, w)) return false;
    const stores = this.#stores[word[a]];
    for (let c = 0; c < cpus; c++) {
      const between = lastBelow(stores[c], this.#p.starts[c] + this.pred[a * cpus + c]);
      if (between < 0 || between === w || between === a) continue;
      if (w === INITIAL || this.#before(w, between)) return false;
    }
    this.#steps += cpus;
    return true;
  }

  /** Applies that a value is overwritten by one store only. Returns false if two must have overwritten it. */
  #consume(): boolean {
    const { count, before, after, word } = this.#p;
    const taken = new Map<number, number>();
    for (let a = 0; a < count; a++) {
      if (before[a] === after[a] || this.#candidates[a].length !== 1) continue;
      const [w] = this.#candidates[a];
      const key = w === INITIAL ? -1 - word[a] : w;
      if (taken.has(key)) return false;
      taken.set(key, a);
    }
    for (let a = 0; a < count; a++) {
      const list = this.#candidates[a];
      if (before[a] === after[a] || list.length === 1) continue;
      const left = list.filter((w) => !taken.has(w === INITIAL ? -1 - word[a] : w));
      if (left.length === list.length) continue;
      if (left.length === 0) return false;
      this.#candidates[a] = left;
      this.#changed = true;
    }
    return true;
  }

  #orderByValue(a: number): void {
    const list = this.#candidates[a];
    this.#afterAnyOf(a, list);
    const { cpus, word, starts } = this.#p;
    const only = list.length === 1 ? list[0] : undefined;
    for (let c = 0; c < cpus; c++) {
      const stores = this.#stores[word[a]][c];
      // The first store of the CPU that all candidates precede, and with it all later ones.
      const overwritten = stores.find(
        (s) => s !== a && list.every((w) => w === INITIAL || this.#before(w, s)) && !list.includes(s),
      );
      if (overwritten !== undefined) this.#order(a, overwritten);
      if (only === undefined || only === INITIAL) continue;
      const earlier = lastBelow(stores, starts[c] + this.pred[a * cpus + c]);
      if (earlier >= 0 && earlier !== only && earlier !== a) this.#order(earlier, only);
      this.#steps += stores.length;
    }
  }

  /** Whichever candidate the value is from: what precedes all of them precedes the access. */
  #afterAnyOf(a: number, list: readonly number[]): void {
    if (list.includes(INITIAL)) return;
    const { cpus, cpuOf } = this.#p;
    for (let c = 0; c < cpus; c++) {
      let least = Infinity;
      for (const w of list) {
        least = Math.min(least, Math.max(this.pred[w * cpus + c], cpuOf[w] === c ? this.#index[w] + 1 : 0));
      }
      if (least <= this.pred[a * cpus + c]) continue;
      this.pred[a * cpus + c] = least;
      this.#changed = true;
    }
    this.#steps += list.length * cpus;
  }
}

/** Returns the largest number of an ascending list that is below `limit`, or -1. */
function lastBelow(list: readonly number[], limit: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (list[mid] < limit) low = mid + 1;
    else high = mid;
  }
  return low === 0 ? -1 : list[low - 1];
}
