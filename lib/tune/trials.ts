/** Collects what a search has measured, by point. Used by tune.ts, search.ts and effects.ts. */

import { poissonInterval } from '../statistics/statistics.js';
import { hitsOf, keyOfPoint, type Goal, type Point, type Slice } from './point.js';

/** The sums of all slices of one point. */
export class Candidate {
  readonly point: Point;
  readonly slices: Slice[] = [];
  hits = 0;
  nearMisses = 0;
  trials = 0;
  seconds = 0;
  ranSeconds = 0;

  constructor(point: Point) {
    this.point = point;
  }

  /** Hits per second of CPU time; 0 before the first slice. */
  get rate(): number {
    return this.ranSeconds === 0 ? 0 : this.hits / this.ranSeconds;
  }

  /** Returns the 95 % interval of the rate, exact if hits are independent, which those of one slice are not quite. */
  interval(): { low: number; high: number } {
    return this.ranSeconds === 0 ? { low: 0, high: Infinity } : poissonInterval(this.hits, this.ranSeconds);
  }
}

/** All candidates of a search, one for each point. */
export class Trials {
  readonly goal: Goal;
  readonly #byKey = new Map<string, Candidate>();

  constructor(goal: Goal) {
    this.goal = goal;
  }

  get all(): readonly Candidate[] {
    return [...this.#byKey.values()];
  }

  of(point: Point): Candidate {
    const key = keyOfPoint(point);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const candidate = new Candidate(point);
    this.#byKey.set(key, candidate);
    return candidate;
  }

  add(candidate: Candidate, slice: Slice): void {
    candidate.slices.push(slice);
    candidate.hits += hitsOf(this.goal, slice);
    candidate.nearMisses += slice.nearMisses;
    candidate.trials += slice.trials;
    candidate.seconds += slice.seconds;
    candidate.ranSeconds += slice.ranSeconds;
  }
}

/** Sorts by rate of hits, the best first, then by near misses. */
export function ranked(candidates: readonly Candidate[]): Candidate[] {
  const near = (c: Candidate): number => (c.ranSeconds === 0 ? 0 : c.nearMisses / c.ranSeconds);
  return candidates.toSorted((a, b) => b.rate - a.rate || near(b) - near(a));
}
