/**
 * Where a thread is in code of a race outside of trials. Shown on each CPU's thread by cpu/cpuMain.ts and
 * cpu/rounds.ts, read on the host by watch/placeWatch.ts.
 */

import { threadId } from 'node:worker_threads';
import { PLACE, PROGRESS } from '../machine/layout.js';
import { ownTid } from './ownTid.js';

export { PLACE } from '../machine/layout.js';

/** What is said of a place when it is not left. */
export const PLACE_WORDS: Readonly<Record<number, string>> = {
  [PLACE.LOADING]: 'its module',
  [PLACE.CONFIGURING]: 'configure()',
  [PLACE.RESETTING]: 'reset()',
  [PLACE.RECOVERING]: 'recover()',
  [PLACE.OPENING]: 'open()',
  [PLACE.CATCHING]: 'code that catches what ends a trial (try { ... } catch in a loop)',
};

/** What a thread shows of itself at `progress`, where the host has its words (layout.ts). */
export class Whereabouts {
  readonly #mem: Int32Array;
  readonly #progress: number;

  constructor(mem: Int32Array, progress: number) {
    this.#mem = mem;
    this.#progress = progress;
  }

  /** Shows which thread runs the CPU, for the watchdog and for the binding to a core. */
  showThread(): void {
    this.#mem[this.#progress + PROGRESS.threadId] = threadId;
    // Where it is 0 the watchdog goes by the time of the whole process.
    this.#mem[this.#progress + PROGRESS.tid] = ownTid();
  }

  enter(place: number): void {
    this.#mem[this.#progress + PROGRESS.visits]++;
    this.#mem[this.#progress + PROGRESS.place] = place;
  }

  leave(): void {
    this.#mem[this.#progress + PROGRESS.place] = PLACE.NONE;
  }
}
