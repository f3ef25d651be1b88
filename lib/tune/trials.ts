import { poissonInterval } from '../statistics/statistics.js';
import { hitsOf, keyOfPoint, type Goal, type Point, type Slice } from './point.js';

/** Everything that was counted under one point. */
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

  /** Hits in a second in which the CPUs had processors; 0 before there is any. */
  get rate(): number {
    return this.ranSeconds === 0 ? 0 : this.hits / this.ranSeconds;
  }

  /** Exact if hits are independent, which those of one slice are not quite. */
  interval(): { low: number; high: number } {
    return this.ranSeconds === 0 ? { low: 0, high: Infinity } : poissonInterval(this.hits, this.ranSeconds);
  }
}

/** All slices of a search. The same point is one candidate, whoever asks for it. */
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

/** The best first: by hits, then by near misses, where nothing was hit yet. */
export function ranked(candidates: readonly Candidate[]): Candidate[] {
  const near = (c: Candidate): number => (c.ranSeconds === 0 ? 0 : c.nearMisses / c.ranSeconds);
  return candidates.toSorted((a, b) => b.rate - a.rate || near(b) - near(a));
}
