/** Counts the garbage collections of a thread, in runs that measure them. Called on each CPU's thread by rounds.ts. */

import { GCProfiler } from 'node:v8';

/** Trials after which a CPU counts as warmed up: its code is compiled and its heap at rest. */
export const WARM_UP_TRIALS = 100_000;

/** What the garbage collector did in one thread once its CPU had warmed up. */
export interface HeapFigures {
  /** Collections since then. */
  readonly collections: number;
}

/** Rounds between two looks, and collections at a look, beyond which the next one comes sooner: each takes some 3 KB until then. */
const ROUNDS_MAX = 4096;
const COLLECTIONS_MANY = 64;

/**
 * Counts the collections of the running thread, which never turns its event loop: the engine keeps a list of them, which is
 * taken away between two rounds. For runs that measure; it costs nothing where nothing is collected.
 */
export class CollectionCount implements HeapFigures {
  collections = 0;
  readonly #profiler = new GCProfiler();
  #isWarm = false;
  #every = 1;
  #rounds = 0;

  constructor() {
    this.#profiler.start();
  }

  /** Call behind each round. `isWarm`: whether the CPU has warmed up. */
  round(isWarm: boolean): void {
    if (isWarm && !this.#isWarm) {
      this.#look();
      this.collections = 0;
      this.#isWarm = true;
    }
    if (++this.#rounds < this.#every) return;
    const found = this.#look();
    this.#every = found >= COLLECTIONS_MANY ? Math.max(1, this.#every >> 1) : Math.min(ROUNDS_MAX, this.#every << 1);
    this.#rounds = 0;
  }

  /** Counts what was collected since the last look; collections since the CPU had warmed up, none if it never did. */
  end(): HeapFigures {
    this.#look();
    this.#profiler.stop();
    return { collections: this.#isWarm ? this.collections : 0 };
  }

  #look(): number {
    const { statistics } = this.#profiler.stop();
    this.#profiler.start();
    this.collections += statistics.length;
    return statistics.length;
  }
}
