/**
 * The memory that searches in several threads may have together. Made by searchThreads.ts; each thread notes there what its tables have.
 *
 * What is found of a row must not depend on the others. So no search ends for them: one that finds too little room waits until those that
 * began before it have ended. The oldest one never waits.
 */

import { after } from '../../harness/host/timers.js';
import type { ExploreRunHooks } from '../explore.js';

const KIB = 1024;
/** How often a search looks whether others have left it room. */
const ROOM_EVERY_MS = 20;
/** A thread's words: the KiB of its tables, and the number of its search, from 1 on; 0 while it has none. */
const WORDS = 2;

/** What is sent to the threads. */
export interface SharedLimitData {
  readonly words: Int32Array;
  readonly bytes: number;
}

/** Returns the data for so many threads, and so many bytes. */
export function sharedLimitFor(threads: number, bytes: number): SharedLimitData {
  return { words: new Int32Array(new SharedArrayBuffer(4 * WORDS * threads)), bytes };
}

/** What a search does for its limit. */
export type LimitedHooks = Required<Pick<ExploreRunHooks, 'pause'>> & {
  readonly onProgress: (soFar: { readonly found: { readonly bytes: number } }) => void;
};

/** The part of one thread. */
export class SharedLimit {
  readonly #words: Int32Array;
  readonly #bytes: number;
  readonly #at: number;

  constructor({ words, bytes }: SharedLimitData, thread: number) {
    this.#words = words;
    this.#bytes = bytes;
    this.#at = WORDS * thread;
  }

  /** Makes a search. `number`: those with lower ones began before. It must use these hooks. */
  async within<T>(number: number, signal: AbortSignal, search: (hooks: LimitedHooks) => Promise<T>): Promise<T> {
    this.#note(0, number);
    try {
      return await search({
        onProgress: ({ found: { bytes } }) => this.#note(bytes, number),
        pause: async () => {
          do await waitMs(this.hasRoom ? 0 : ROOM_EVERY_MS);
          while (!this.hasRoom && !signal.aborted);
        },
      });
    } finally {
      this.#note(0, 0);
    }
  }

  #note(bytes: number, number: number): void {
    Atomics.store(this.#words, this.#at, Math.ceil(bytes / KIB));
    Atomics.store(this.#words, this.#at + 1, number);
  }

  /** Whether the search may have more. */
  get hasRoom(): boolean {
    const words = this.#words;
    const own = Atomics.load(words, this.#at + 1);
    let [kib, isOldest] = [0, true];
    for (let at = 0; at < words.length; at += WORDS) {
      const number = Atomics.load(words, at + 1);
      kib += Atomics.load(words, at);
      if (number !== 0 && number < own) isOldest = false;
    }
    return isOldest || kib * KIB < this.#bytes;
  }
}

async function waitMs(ms: number): Promise<void> {
  await new Promise<void>((done, failed) => void after(ms, done, failed));
}
