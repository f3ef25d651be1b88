/**
 * The states that were met: each once, in the order in which they were found. Two states are the same if all of their words are.
 * Called by explore.ts.
 */

const FIRST_ROOM = 1024;

export class LitmusStates {
  readonly #words: number;
  #pool: Int32Array;
  /** Number of a state, or -1, by the hash of its words. */
  #slots: Int32Array;
  #count = 0;

  constructor(words: number) {
    this.#words = words;
    this.#pool = new Int32Array(FIRST_ROOM * words);
    this.#slots = new Int32Array(4 * FIRST_ROOM).fill(-1);
  }

  get count(): number {
    return this.#count;
  }

  /** Copies a state. */
  read(number: number, into: Int32Array): void {
    const at = number * this.#words;
    for (let i = 0; i < this.#words; i++) into[i] = this.#pool[at + i];
  }

  /** Adds a state that was not met before. Returns whether it was. */
  add(state: Int32Array): boolean {
    const slot = this.#slotOf(state);
    if (this.#slots[slot] >= 0) return false;
    if ((this.#count + 1) * this.#words > this.#pool.length) this.#growPool();
    this.#pool.set(state, this.#count * this.#words);
    this.#slots[slot] = this.#count++;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return true;
  }

  /** Returns the slot that has the state, or the free one that it belongs into. */
  #slotOf(state: Int32Array): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(state, 0, this.#words) & mask;
    while (this.#slots[slot] >= 0 && !this.#isAt(this.#slots[slot], state)) slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(number: number, state: Int32Array): boolean {
    const at = number * this.#words;
    for (let i = 0; i < this.#words; i++) if (this.#pool[at + i] !== state[i]) return false;
    return true;
  }

  #growPool(): void {
    const pool = new Int32Array(this.#pool.length * 2);
    pool.set(this.#pool);
    this.#pool = pool;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = hashOf(this.#pool, number * this.#words, this.#words) & mask;
      while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number;
    }
  }
}

function hashOf(words: Int32Array, at: number, count: number): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < count; i++) hash = Math.imul(hash ^ words[at + i], 0x0100_0193) ^ (hash >>> 15);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
