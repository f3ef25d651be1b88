/**
 * A point of the search: one choice of all settings, and what was counted in a slice of time under it. Used by all of
 * lib/tune, by its commands and by `bench`.
 */

import { plus, type Counts } from '../statistics/counts.js';
import type { Settings } from '../race/settings.js';

/** One choice of all settings that a search may change. */
export type Point = Settings;

/** Returns the same text for equal points. */
export function keyOfPoint({ cpus, machines, sync, round, spin, phases, windows }: Point): string {
  const ranges = (of: Point['phases']): unknown[] => Object.entries(of).map(([name, { min, max }]) => [name, min, max]);
  return JSON.stringify([cpus, machines, sync, round, spin.min, spin.max, ranges(phases), ranges(windows)]);
}

/** What was counted in one slice of time under one point. Its failures are those of the expected kind. */
export interface Slice extends Omit<Counts, 'outcomes'> {
  /** Seconds of CPU time that the threads received (lib/harness/host/threadTime.ts). */
  readonly ranSeconds: number;
}

export const NO_SLICE: Slice = { trials: 0, failures: 0, nearMisses: 0, seconds: 0, ranSeconds: 0 };

/** Adds two slices, or sums of slices. */
export function plusSlice(a: Slice, b: Slice): Slice {
  return { ...plus(a, b), ranSeconds: a.ranSeconds + b.ranSeconds };
}

/** What a search maximises. */
export const GOALS = ['failures', 'near-misses', 'trials'] as const;
export type Goal = (typeof GOALS)[number];

/** Returns what a slice counts for a goal. */
export function hitsOf(
  goal: Goal,
  { failures, nearMisses, trials }: Pick<Slice, 'failures' | 'nearMisses' | 'trials'>,
): number {
  return { failures, 'near-misses': nearMisses, trials }[goal];
}
