/** Samples the counts of a run while it continues. Called on the host by lib/harness/watch/supervise.ts. */

import type { FailureCounts } from '../../statistics/counts.js';

/** The counts of a run at one moment, as the host saw them. */
export interface Sample extends FailureCounts {
  /** Milliseconds since the CPUs of all machines had begun. */
  readonly ms: number;
}

export const SAMPLES_MAX = 64;

/**
 * Keeps a bounded number of samples, about evenly spaced however long the run becomes: when there are too many, every second one
 * goes and the distance doubles.
 */
export class Samples {
  #kept: Sample[] = [];
  #ticks = 0;
  #every = 1;

  /** Call once a tick. */
  take(sample: Sample): void {
    this.#ticks++;
    if (this.#ticks % this.#every !== 0) return;
    this.#kept.push(sample);
    if (this.#kept.length < SAMPLES_MAX) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 1);
    this.#every *= 2;
  }

  /** Returns all that were kept, with the counts at the end of the run as the last. */
  endingWith(last: Sample): Sample[] {
    return [...this.#kept.filter(({ ms }) => ms < last.ms), last];
  }
}
