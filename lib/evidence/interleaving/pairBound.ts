/** Lower bounds on context switches, from two CPUs at a time. Used by fewestSwitches.ts to order its search. */

import type { Problem } from './problem.js';

/** For longer columns the tables would take too much memory. */
const COLUMN_MAX = 2500;
/** Switches of positions from which the end cannot be reached. */
export const NEVER = 0x7ff0;

/**
 * For two CPUs, under the proved order: the fewest switches to the end from every pair of positions, with either of them
 * running. This is a lower bound for all CPUs together.
 */
export class PairBound {
  readonly first: number;
  readonly second: number;
  readonly #stride: number;
  /** By positions; [0] with the first CPU running, [1] with the second. */
  readonly #switches: readonly [Uint16Array, Uint16Array];

  /** Returns the bounds of all pairs that are short enough. */
  static all(problem: Problem, pred: Int32Array): PairBound[] {
    const bounds: PairBound[] = [];
    const { cpus, lengths } = problem;
    for (let i = 0; i < cpus; i++) {
      for (let j = i + 1; j < cpus; j++) {
        if (lengths[i] > 0 && lengths[j] > 0 && Math.max(lengths[i], lengths[j]) <= COLUMN_MAX)
          bounds.push(new PairBound(problem, pred, i, j));
      }
    }
    return bounds;
  }

  private constructor(problem: Problem, pred: Int32Array, first: number, second: number) {
    const { cpus, lengths, starts } = problem;
    const [m, n] = [lengths[first], lengths[second]];
    this.first = first;
    this.second = second;
    this.#stride = n + 1;
    const size = (m + 1) * (n + 1);
    const a = new Uint16Array(size);
    const b = new Uint16Array(size);
    for (let x = m; x >= 0; x--) {
      for (let y = n; y >= 0; y--) {
        const at = x * (n + 1) + y;
        if (x === m && y === n) continue;
        const runsFirst = x < m && pred[(starts[first] + x) * cpus + second] <= y ? a[at + n + 1] : NEVER;
        const runsSecond = y < n && pred[(starts[second] + y) * cpus + first] <= x ? b[at + 1] : NEVER;
        a[at] = Math.min(runsFirst, runsSecond + 1, NEVER);
        b[at] = Math.min(runsSecond, runsFirst + 1, NEVER);
      }
    }
    this.#switches = [a, b];
  }

  /** Returns the switches needed from these positions on while `current` runs, which may be neither of the two, or none (-1). */
  at(positions: Int32Array, current: number): number {
    const i = positions[this.first] * this.#stride + positions[this.second];
    const [a, b] = this.#switches;
    if (current === this.first) return a[i];
    return current === this.second ? b[i] : Math.min(a[i], b[i]);
  }
}
