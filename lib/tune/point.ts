/**
 * A point of the search: one choice of all settings, and what was counted in a slice of time under it. Used by all of
 * lib/tune, by its commands and by `bench`.
 */

import type { Settings } from '../race/settings.js';

/** One choice of all settings that a search may change. */
export type Point = Settings;

/** Returns the same text for equal points. */
export function keyOfPoint({ cpus, machines, sync, round, spin, phases, windows }: Point): string {
  const ranges = (of: Point['phases']): unknown[] => Object.entries(of).map(([name, { min, max }]) => [name, min, max]);
  return JSON.stringify([cpus, machines, sync, round, spin.min, spin.max, ranges(phases), ranges(windows)]);
}

/** What was counted in one slice of time under one point. */
export interface Slice {
  /** Failures of the expected kind. */
  readonly failures: number;
  readonly nearMisses: number;
  readonly trials: number;
  /** Wall-clock seconds, and seconds of CPU time that the threads received (lib/harness/host/threadTime.ts). */
  readonly seconds: number;
  readonly ranSeconds: number;
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
