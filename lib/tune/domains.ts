/** The values that each tuned parameter can have, and how a search draws and steps them. Used by space.ts. */

import type { SpinRange } from '../race/race.js';
import type { Random } from './random.js';

/** The values of one parameter. */
export interface ValueDomain<T> {
  /** Values to try one after the other, the smallest first. */
  readonly grid: readonly T[];
  draw(random: Random): T;
  /** A value near this one. */
  step(value: T, random: Random): T;
  words(value: T): string;
  /** Names the bin in which the value is counted. */
  bin(value: T): string;
  /** Returns where the value lies on an axis; null if there is no axis. */
  position(value: T): number | null;
}

/** Longest delay that is drawn, and the longest that steps lead to. */
const DRAWN_MAX = 4000;
const STEPPED_MAX = 100_000;
const GRID = [0, 25, 50, 100, 200, 400, 800, 1600, 3200];

/** Delays in spins: fixed, or drawn for each trial. */
export const SPINS: ValueDomain<SpinRange> = {
  grid: GRID.map(fixed),
  draw(random) {
    if (random.next() < 0.3) return fixed(0);
    const middle = random.magnitude(8, DRAWN_MAX);
    return random.next() < 0.5 ? fixed(middle) : spread(middle);
  },
  step(value, random) {
    const middle = Math.round(middleOf(value));
    const isFixed = value.min === value.max;
    if (middle < 8) return fixed(random.pick([0, 8, 16, 32, 64]));
    if (random.next() < 0.2) return isFixed ? spread(middle) : fixed(middle);
    const next = Math.min(STEPPED_MAX, Math.round(middle * random.pick([0.5, 0.7, 0.85, 0.93, 1.08, 1.18, 1.4, 2])));
    return isFixed ? fixed(next) : spread(next);
  },
  words: rangeWords,
  bin(value) {
    const middle = middleOf(value);
    return middle < 16
      ? '0..15'
      : `${2 ** Math.floor(Math.log2(middle))}..${2 ** (Math.floor(Math.log2(middle)) + 1) - 1}`;
  },
  position: middleOf,
};

/** Trials in a round, up to `max`. */
export function roundDomain(max: number): ValueDomain<number> {
  const grid = [8, 16, 32, 64, 128, 256, 512, 4096, 32_768].filter((n) => n <= max);
  return { ...fewValues(grid.length === 0 ? [max] : grid), position: (n) => n };
}

/** How long a waiting CPU spins. */
export const SPIN_BOUNDS: ValueDomain<SpinRange> = {
  ...fewValues([
    { min: 10, max: 200 },
    { min: 50, max: 2000 },
    { min: 200, max: 500 },
    { min: 1000, max: 20_000 },
    { min: 5000, max: 100_000 },
  ]),
  words: rangeWords,
  bin: rangeWords,
};

/** Makes a domain of a few values, in their order. */
export function fewValues<T>(values: readonly T[]): ValueDomain<T> {
  const step = (value: T, random: Random): T => {
    const at = values.findIndex((known) => JSON.stringify(known) === JSON.stringify(value));
    const near = [values[at - 1], values[at + 1]].filter((next) => next !== undefined);
    return at === -1 || near.length === 0 ? random.pick(values) : random.pick(near);
  };
  return {
    grid: values,
    draw: (random) => random.pick(values),
    step,
    words: String,
    bin: String,
    position: () => null,
  };
}

function fixed(n: number): SpinRange {
  return { min: n, max: n };
}

function spread(middle: number): SpinRange {
  return { min: middle - (middle >> 1), max: middle + (middle >> 1) };
}

function middleOf({ min, max }: SpinRange): number {
  return (min + max) / 2;
}

function rangeWords({ min, max }: SpinRange): string {
  return min === max ? String(min) : `${min}..${max}`;
}
