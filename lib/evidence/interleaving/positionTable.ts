/** A hash table of the positions that a search has visited. Used by anyOrder.ts and fewestSwitches.ts. */

/**
 * Maps the positions of all CPUs to a number, by a 64-bit hash. Two positions with the same hash count as one: that can lose a
 * branch of a search, but never makes an answer wrong.
 */
export class PositionTable {
  readonly #cpus: number;
  #mask: number;
  #low: Int32Array;
  #high: Int32Array;
  /** What is kept with each; 0 marks an empty slot. */
  #value: Int32Array;
  #count = 0;
  #lowHash = 0;
  #highHash = 0;

  constructor(cpus: number, capacity = 1024) {
    this.#cpus = cpus;
    this.#mask = capacity - 1;
    this.#low = new Int32Array(capacity);
    this.#high = new Int32Array(capacity);
    this.#value = new Int32Array(capacity);
  }

  /** Returns the value of the positions, or 0, and replaces it by `value` (not 0) unless `keep` says to leave it. */
  exchange(positions: Int32Array, value: number, keep: (found: number) => boolean): number {
    this.#hash(positions);
    const i = this.#slotOf(this.#lowHash, this.#highHash);
    const found = this.#value[i];
    if (found !== 0 && keep(found)) return found;
    this.#low[i] = this.#lowHash;
    this.#high[i] = this.#highHash;
    this.#value[i] = value;
    if (found === 0 && ++this.#count * 2 > this.#mask) this.#grow();
    return found;
  }

  /** Adds the positions; returns whether they were new. */
  add(positions: Int32Array): boolean {
    return this.exchange(positions, 1, () => true) === 0;
  }

  #hash(positions: Int32Array): void {
    let a = 0x9e3779b9 | 0;
    let b = 0x85ebca6b | 0;
    for (let c = 0; c < this.#cpus; c++) {
      a = Math.imul(a ^ positions[c], 0x2c1b3c6d);
      a ^= a >>> 15;
      b = Math.imul((b << 13) | (b >>> 19), 5) + Math.imul(positions[c] ^ (c << 20), 0x297a2d39);
      b ^= b >>> 16;
    }
    this.#lowHash = a;
    this.#highHash = b;
  }

  #slotOf(low: number, high: number): number {
    let i = (low ^ (high >>> 7)) & this.#mask;
    while (this.#value[i] !== 0 && (this.#low[i] !== low || this.#high[i] !== high)) i = (i + 1) & this.#mask;
    return i;
  }

  #grow(): void {
    const [low, high, value] = [this.#low, this.#high, this.#value];
    this.#mask = this.#mask * 2 + 1;
    this.#low = new Int32Array(this.#mask + 1);
    this.#high = new Int32Array(this.#mask + 1);
    this.#value = new Int32Array(this.#mask + 1);
    for (let i = 0; i < value.length; i++) {
      if (value[i] === 0) continue;
      const at = this.#slotOf(low[i], high[i]);
      this.#low[at] = low[i];
      this.#high[at] = high[i];
      this.#value[at] = value[i];
    }
  }
}
