/** The machine's memory instructions in JavaScript, for comparison with WebAssembly. Used by operations.ts only. */

import { ENTRY_WORDS, LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { OP } from '../machine/recorder.js';

/** Word indexes of a CPU. */
export interface CpuWords {
  readonly irr: number;
  readonly step: number;
  readonly ring: number;
  readonly ringMask: number;
  /** The words that may be accessed. */
  readonly instance: number;
  readonly instanceWords: number;
}

/**
 * The instructions do the same work in JavaScript: check of the address and for interrupts, one `Atomics` operation, one record.
 */
export class JavascriptInstructions {
  readonly #mem: Int32Array;
  readonly #cpu: CpuWords;
  readonly #trap: () => void;

  constructor(mem: Int32Array, cpu: CpuWords, trap: () => void) {
    this.#mem = mem;
    this.#cpu = cpu;
    this.#trap = trap;
  }

  read(address: number): number {
    this.#boundary(address);
    const value = Atomics.load(this.#mem, address);
    this.#record(OP.READ, address, value, value);
    return value;
  }

  write(address: number, value: number): void {
    this.#boundary(address);
    this.#record(OP.WRITE, address, Atomics.exchange(this.#mem, address, value), value);
  }

  fetchOr(address: number, bits: number): number {
    this.#boundary(address);
    const before = Atomics.or(this.#mem, address, bits);
    this.#record(OP.FETCH_OR, address, before, before | bits);
    return before;
  }

  compareExchange(address: number, expected: number, value: number): number {
    this.#boundary(address);
    const before = Atomics.compareExchange(this.#mem, address, expected, value);
    this.#record(OP.CMPXCHG, address, before, before === expected ? value : before);
    return before;
  }

  #boundary(address: number): void {
    const offset = address - this.#cpu.instance;
    if (!(offset >= 0 && offset < this.#cpu.instanceWords)) throw new RangeError(`word ${offset} is out of reach`);
    if (this.#mem[this.#cpu.irr] !== 0) this.#trap();
  }

  #record(op: number, address: number, before: number, after: number): void {
    const mem = this.#mem;
    const { ring, ringMask, step } = this.#cpu;
    const n = mem[ring];
    const at = ring + LINE_WORDS + (n & mem[ringMask]) * ENTRY_WORDS;
    mem[at] = op | (mem[step] << 16);
    mem[at + 1] = address;
    mem[at + 2] = before;
    mem[at + 3] = after;
    mem[ring] = n + 1;
  }
}
