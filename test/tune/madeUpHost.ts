import type { Point, Slice } from '../../lib/tune/point.js';
import { Random } from '../../lib/tune/random.js';

/** A host that never was: what a point is worth there is known, what a slice of it counts is noise. */
export class MadeUpHost {
  /** Seconds that have passed. */
  seconds = 0;
  readonly #random: Random;
  readonly #rateOf: (point: Point) => number;

  /** `rateOf`: failures a second that a point has in truth. */
  constructor(seed: number, rateOf: (point: Point) => number) {
    this.#random = new Random(seed);
    this.#rateOf = rateOf;
  }

  /** Rates vary by a third from slice to slice, and one slice in ten has a tenth of it. */
  measure(point: Point, ms = 30): Promise<Slice> {
    const seconds = ms / 1000;
    this.seconds += seconds;
    const busy = this.#random.next() < 0.1 ? 0.1 : 1;
    const mean = this.#rateOf(point) * seconds * busy * Math.exp(0.3 * this.#normal());
    const failures = Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()));
    return Promise.resolve({ failures, nearMisses: 0, trials: 100_000, seconds, ranSeconds: seconds });
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random.next())) * Math.cos(2 * Math.PI * this.#random.next());
  }
}

/** A run by default of two actors and two windows. */
export const START: Point = {
  cpus: 2,
  machines: 1,
  sync: 'rendezvous',
  round: 64,
  spin: { min: 1000, max: 20_000 },
  phases: { walker: { min: 0, max: 63 }, forker: { min: 200, max: 600 } },
  windows: { W_OPEN: { min: 100, max: 300 }, W_IDLE: { min: 0, max: 0 } },
};

/** How near a range is to a value: 1 where it is that, less by what it is off on a logarithmic scale. */
export function nearness(range: { min: number; max: number }, to: number): number {
  const middle = (range.min + range.max) / 2;
  const off = Math.log((middle + 20) / (to + 20));
  const width = (range.max - range.min) / (middle + 20);
  return Math.exp(-off * off - width / 2);
}
