/** Collects what a search has measured, by point. Used by tune.ts, search.ts and effects.ts. */

import { poissonInterval } from '../statistics/statistics.js';
import { NO_SLICE, hitsOf, keyOfPoint, plusSlice, type Goal, type Point, type Slice } from './point.js';

/** The sums of all slices of one point. */
export class Candidate {
  readonly point: Point;
  readonly slices: Slice[] = [];
  readonly #goal: Goal;
  #sum = NO_SLICE;

  constructor(point: Point, goal: Goal) {
    this.point = point;
    this.#goal = goal;
  }

  add(slice: Slice): void {
    this.slices.push(slice);
    this.#sum = plusSlice(this.#sum, slice);
  }

  /** The slices together. */
  get sum(): Slice {
    return this.#sum;
  }

  get hits(): number {
    return hitsOf(this.#goal, this.#sum);
  }

  get ranSeconds(): number {
    return this.#sum.ranSeconds;
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
    const candidate = new Candidate(point, this.goal);
    this.#byKey.set(key, candidate);
    return candidate;
  }

  add(candidate: Candidate, slice: Slice): void {
    candidate.add(slice);
  }
}

/** Sorts by rate of hits, the best first, then by near misses. */
export function ranked(candidates: readonly Candidate[]): Candidate[] {
  const near = (c: Candidate): number => (c.ranSeconds === 0 ? 0 : c.sum.nearMisses / c.ranSeconds);
  return candidates.toSorted((a, b) => b.rate - a.rate || near(b) - near(a));
}
