/** The clock of a soak, which stands still while the process is stopped. Used by soak.ts. */

/** Least gap between two ticks that counts as a stop of the process, or as sleep of its host. */
const STOPPED_MS = 5000;

/** Measures the time in which the soak really runs. Clock changes of the host do not affect it. */
export class SoakClock {
  #elapsedMs: number;
  #lastMs: number;
  #stoppedMs = 0;

  /** `elapsedMs`: what earlier sessions have used; `nowMs` of the monotonic clock. */
  constructor(elapsedMs: number, nowMs: number) {
    this.#elapsedMs = elapsedMs;
    this.#lastMs = nowMs;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Total time that the process was stopped. */
  get stoppedMs(): number {
    return this.#stoppedMs;
  }

  /** Must be called several times a second. Returns the milliseconds that the process was stopped since the last call, mostly 0. */
  tick(nowMs: number): number {
    const gap = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gap >= STOPPED_MS) {
      this.#stoppedMs += gap;
      return gap;
    }
    this.#elapsedMs += gap;
    return 0;
  }
}
