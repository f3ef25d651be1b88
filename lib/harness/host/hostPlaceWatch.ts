/** Looks, from another thread, whether the host's thread leaves the code of a race in which it is. Called by lib/cli/hostWatchThread.ts. */

import { HOST_PLACE_WORD } from './hostPlace.js';
import { HOST_ACCOUNTS, TrialClock, type ThreadAccounts } from '../watch/trialClock.js';

/** How long the thread may be at one place. A call that can be ended at all has been ended by then (raceCall.ts). */
export const HOST_PLACE_MS_MAX = 2000;

/** The watch over one such thread. Time in which the host gives it no processor does not count, time in which it sleeps does. */
export class HostPlaceWatch {
  readonly #words: Int32Array;
  readonly #name: Buffer;
  readonly #tickMs: number;
  readonly #clock: TrialClock;
  #changes = NaN;

  constructor(place: SharedArrayBuffer, tickMs: number, accounts: ThreadAccounts = HOST_ACCOUNTS) {
    this.#words = new Int32Array(place);
    this.#name = Buffer.from(place, 4 * HOST_PLACE_WORD.name);
    this.#tickMs = tickMs;
    this.#clock = new TrialClock(accounts);
  }

  /** Call once a tick. Returns the name of the place in which the thread has been for longer than it may; null if there is none. */
  tick(): string | null {
    const bytes = Atomics.load(this.#words, HOST_PLACE_WORD.bytes);
    const changes = Atomics.load(this.#words, HOST_PLACE_WORD.changes);
    if (bytes === 0 || changes !== this.#changes) {
      this.#changes = changes;
      this.#clock.reset();
      return null;
    }
    this.#clock.tick([{ thread: 0, tid: this.#words[HOST_PLACE_WORD.tid] }], this.#tickMs);
    return this.#clock.servedMs(0) < HOST_PLACE_MS_MAX ? null : this.#name.toString('utf8', 0, bytes);
  }
}
