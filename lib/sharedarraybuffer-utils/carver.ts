/**
 * Lays out and allocates a shared buffer. Called on the host for the memory of a machine (lib/machine/map.ts), and
 * wherever else threads share memory.
 */

import { sharedMemory, type SharedMemory } from './webAssembly.js';
import { LINE_WORDS, roundUp } from './layout.js';

/** Words that belong to no block: those behind the block with this name, or in front of the first. */
export interface Guard {
  readonly behind: string | null;
  readonly at: number;
  readonly words: number;
}

/**
 * Carves one fixed-size buffer: hands out word offsets first, and says afterwards how large the buffer must be.
 *
 *     const carver = new Carver();
 *     const gate = carver.take('gate', GATE.WORDS);
 *     const mem = carver.allocate();
 *
 * 1. Every block starts on a cache line, so two blocks never share one.
 * 2. Nothing is handed out twice; nothing can be taken once the buffer exists.
 * 3. Guard words, if any are asked for, lie in front of the first block and behind each: they belong to nobody.
 */
export class Carver {
  readonly blocks: { readonly name: string; readonly at: number; readonly words: number }[] = [];
  readonly guards: Guard[] = [];
  readonly #guardWords: number;
  #next = 0;
  #closed = false;

  /** `guardWords`: least number of words in front of the first block, and behind each. */
  constructor(guardWords = 0) {
    this.#guardWords = guardWords;
    if (guardWords > 0) this.#guard(null, 0);
  }

  /** Returns the word offset of a new block of `count` words. Throws RangeError for a count below 1. */
  take(name: string, count: number): number {
    if (this.#closed) throw new RangeError(`Carver: "${name}" was asked for after the buffer was allocated`);
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`Carver: "${name}" of ${count} words`);
    const at = this.#next;
    this.blocks.push({ name, at, words: count });
    this.#next = roundUp(at + count, LINE_WORDS);
    if (this.#guardWords > 0) this.#guard(name, at + count);
    return at;
  }

  #guard(behind: string | null, at: number): void {
    this.#next = roundUp(this.#next + this.#guardWords, LINE_WORDS);
    this.guards.push({ behind, at, words: this.#next - at });
  }

  /** Returns the number of words taken so far, rounded up to whole cache lines. */
  get words(): number {
    return this.#next;
  }

  /** Allocates a zeroed shared buffer that holds every block. */
  allocate(): Int32Array<SharedArrayBuffer> {
    this.#closed = true;
    return allocateWords(this.#next);
  }
}

const PAGE_BYTES = 65_536;

/** Allocates a zeroed shared WebAssembly memory of fixed size that holds at least `count` words. It can be sent to other threads. */
export function allocateMemory(count: number): SharedMemory {
  const pages = Math.max(1, Math.ceil((count * 4) / PAGE_BYTES));
  return sharedMemory(pages);
}

/**
 * Allocates a zeroed Int32Array of at least `count` words on the buffer of such a memory: as fast as any other shared
 * buffer, and code in WebAssembly can work on the same words.
 */
export function allocateWords(count: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(allocateMemory(count).buffer);
}
