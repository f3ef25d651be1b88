/** Notices promises that a race makes during a trial. Called on each CPU's thread by trial.ts and rounds.ts. */

import { promiseHooks } from 'node:v8';
import { RaceFault, innermostFrame } from '../../race/raceFault.js';
import { MAKE_IT_PLAIN } from '../../race/synchronous.js';

/** What is known of the promises of a thread. */
export type Promises = Pick<PromiseWatch, 'place' | 'forget' | 'check' | 'end'>;

/** Says of a thread whose actors are awaited that no promise is one too many. */
export const AWAITED: Promises = Object.freeze({ place: null, forget: () => {}, check: () => {}, end: () => {} });

/**
 * Notices promises that are made in a thread while it runs trials. Nothing of the harness makes one there, so it is the code
 * of the race, and what is to happen behind the promise would never happen. Costs nothing as long as none is made.
 */
export class PromiseWatch {
  #place: string | null = null;
  readonly #stop: () => void;

  constructor() {
    const note = (): void => {
      if (this.#place !== null) return;
      const at = { stack: '' };
      Error.captureStackTrace(at, note);
      this.#place = innermostFrame(at.stack);
    };
    this.#stop = promiseHooks.onInit(note) as () => void;
  }

  /** Returns where the first one was made: `, at ...`; null if none was. */
  get place(): string | null {
    return this.#place;
  }

  /** Forgets the promise: a trial has failed by it. */
  forget(): void {
    this.#place = null;
  }

  /** Throws RaceFault if a promise has been made by which no trial has failed; `who` names the race and the actor of this thread. */
  check(who: string): void {
    if (this.#place === null) return;
    throw new RaceFault(`${who}: a promise was made${this.#place}: ${MAKE_IT_PLAIN}`);
  }

  end(): void {
    this.#stop();
  }
}
