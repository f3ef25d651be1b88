/** A gap between two ticks from which on the process was not running: stopped, or its host asleep. */
const STOPPED_MS = 5000;

/** Time of the soak: goes on while the process runs, and only then. Clock changes of the host do not touch it. */
export class SoakClock {
  #elapsedMs: number;
  #lastMs: number;

  /** `elapsedMs`: what earlier sessions have used; `nowMs` of the monotonic clock. */
  constructor(elapsedMs: number, nowMs: number) {
    this.#elapsedMs = elapsedMs;
    this.#lastMs = nowMs;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Call several times a second. Returns the milliseconds that the process was stopped since the last call, mostly 0. */
  tick(nowMs: number): number {
    const gap = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gap >= STOPPED_MS) return gap;
    this.#elapsedMs += gap;
    return 0;
  }
}
