/**
 * A loop of reads: the same words with the same values, again and again. A read is whatever leaves its word as it was: a trylock
 * and an atomic operation that fail, too. Found and followed by readAgain.ts; each CPU has one for its actor, and one more for each
 * handler on top of it (cpu.ts).
 */

import type { Ring } from '../sharedarraybuffer-utils/index.js';
import { LOCK_PARKED, lockOwner } from './lockWord.js';
import { OP } from './opcodes.js';

/** Most words that a loop may read in turn. */
export const LOOP_WORDS = 8;

/**
 * Reads that must have repeated before they are followed, each in JavaScript, and before they count as a loop: more than the models of this
 * package repeat. A page fault that is taken again and again (useVmalloc) reads three words 34 times.
 */
const FOLLOWED_READS = 128;
export const LOOP_READS = 256;

/** What a record has beside its step. */
const HEAD_MASK = 0xffff;

/** Reads that repeat, as far as they are known. */
export class ReadLoop {
  /** Whether the next reads are compared, and whether they count as a loop. */
  isFollowed = false;
  isLoop = false;
  /** How many words it reads in turn, and how often it has iterated since it counts as a loop. */
  period = 0;
  iterations = 0;
  /** Iterations after which its CPU looks whether the others can go on, and what it found: whether only the loop can. */
  look = 0;
  isAlone = false;
  /** Reads that have repeated, from the first on that was like the next. */
  #run = 0;
  /** The words in turn, which of them an iteration begins with, and which is read next. */
  readonly #addresses = new Array<number>(LOOP_WORDS).fill(0);
  readonly #values = new Array<number>(LOOP_WORDS).fill(0);
  /** By what operation each is read, and which of its bits count: a trylock does not look at the parked mark. */
  readonly #ops = new Array<number>(LOOP_WORDS).fill(0);
  readonly #masks = new Array<number>(LOOP_WORDS).fill(-1);
  #first = 0;
  #place = 0;

  forget(): void {
    this.isFollowed = false;
    this.isLoop = false;
  }

  /** Looks whether the newest records are reads that repeat; follows them then. */
  find(mem: Int32Array, ring: Ring): boolean {
    const { written } = ring;
    if (written < FOLLOWED_READS) return false;
    // In most code another instruction is near.
    for (let i = 1; i <= LOOP_WORDS + 1; i++) if (!isRead(mem, ring.indexOf(written - i))) return false;
    const last = ring.indexOf(written - 1);
    for (let period = 1; period <= LOOP_WORDS; period++) {
      if (!areAlike(mem, last, ring.indexOf(written - 1 - period))) continue;
      const run = runOf(mem, ring, period);
      if (run < FOLLOWED_READS) continue;
      this.#follow(mem, ring, period, run);
      return true;
    }
    return false;
  }

  #follow(mem: Int32Array, ring: Ring, period: number, run: number): void {
    this.isFollowed = true;
    this.period = period;
    this.#run = run;
    this.#first = 0;
    this.#place = 0;
    for (let i = 0; i < period; i++) {
      const at = ring.indexOf(ring.written - period + i);
      this.#ops[i] = mem[at] & HEAD_MASK;
      this.#masks[i] = -1;
      this.#addresses[i] = mem[at + 1];
      this.#values[i] = mem[at + 2];
    }
  }

  /** Whether the next iteration begins. */
  get isAtFirst(): boolean {
    return this.#place === this.#first;
  }

  /** Whether the loop reads this word next, by this operation. */
  isNext(op: number, address: number): boolean {
    return address === this.#addresses[this.#place] && op === this.#ops[this.#place];
  }

  /** Whether that operation leaves the word as it is, if it is what the loop has read. */
  leavesNext(a: number, b: number): boolean {
    const value = this.#values[this.#place];
    return after(this.#ops[this.#place], value, a, b) === value;
  }

  /** Says that the next read is a trylock. */
  noteTry(): void {
    this.#masks[this.#place] = ~LOCK_PARKED;
  }

  /** Compares the next read with the loop; returns whether it counts as one now. */
  follow(value: number): boolean {
    if (value !== this.#values[this.#place]) {
      this.forget();
      return false;
    }
    this.pass();
    if (++this.#run < LOOP_READS) return false;
    this.isLoop = true;
    this.iterations = 0;
    this.#first = this.#place;
    return true;
  }

  /** Passes over the next read; returns its value. */
  pass(): number {
    const value = this.#values[this.#place];
    this.#place = this.#place + 1 === this.period ? 0 : this.#place + 1;
    return value;
  }

  /** Returns the address of the n-th read of an iteration, and the value that it gives. */
  addressOf(n: number): number {
    return this.#addresses[(this.#first + n) % this.period];
  }

  valueOf(n: number): number {
    return this.#values[(this.#first + n) % this.period];
  }

  maskOf(n: number): number {
    return this.#masks[(this.#first + n) % this.period];
  }

  /** Returns the CPU whose lock the loop tries to take, if it does nothing else; otherwise -1. */
  get holder(): number {
    return this.period === 1 && this.#masks[0] !== -1 ? lockOwner(this.#values[0]) : -1;
  }
}

/** Returns what an operation makes of a value. */
function after(op: number, value: number, a: number, b: number): number {
  switch (op) {
    case OP.CMPXCHG:
      return value === (a | 0) ? b | 0 : value;
    case OP.XCHG:
      return a | 0;
    case OP.FETCH_OR:
      return value | a;
    case OP.FETCH_AND:
      return value & a;
    case OP.FETCH_ADD:
      return (value + a) | 0;
    default:
      return value;
  }
}

/** Whether a record is of what has read a word and left it as it was. */
function isRead(mem: Int32Array, at: number): boolean {
  const op = mem[at] & HEAD_MASK;
  return (op === OP.READ || (op >= OP.CMPXCHG && op <= OP.FETCH_ADD)) && mem[at + 2] === mem[at + 3];
}

/** Returns how many of the newest records are reads that repeat with this period, as far as it matters. */
function runOf(mem: Int32Array, ring: Ring, period: number): number {
  const { written, kept } = ring;
  const most = Math.min(LOOP_READS, kept);
  let run = period;
  for (; run < most; run++) {
    const at = ring.indexOf(written - 1 - run);
    if (!isRead(mem, at) || !areAlike(mem, ring.indexOf(written - 1 - run + period), at)) break;
  }
  return run;
}

/** Whether two records are of the same word with the same value, read in the same way. */
function areAlike(mem: Int32Array, a: number, b: number): boolean {
  return ((mem[a] ^ mem[b]) & HEAD_MASK) === 0 && mem[a + 1] === mem[b + 1] && mem[a + 2] === mem[b + 2];
}
