/** Notices promises that an actor of a search makes: what waits for them would run in no trial. Used by member.ts. */

import { promiseHooks } from 'node:v8';

/** Whether a promise was made since the run of an actor began. */
export class PromiseCount {
  made = false;
  #stop: (() => void) | null = null;

  /** Begins to look. */
  start(): void {
    this.#stop = promiseHooks.onInit(() => (this.made = true)) as () => void;
  }

  begin(): void {
    this.made = false;
  }

  end(): void {
    this.#stop?.();
  }
}
