import type { Sync } from '../harness/plan.js';
import type { SpinRange } from '../race/race.js';

/** One choice of everything that a search may change. */
export interface Point {
  readonly cpus: number;
  readonly machines: number;
  readonly sync: Sync;
  /** Trials in a round. */
  readonly round: number;
  /** Turns that a waiting CPU spins before it sleeps. */
  readonly spin: SpinRange;
  /** Wait before each actor that runs, by name, and delay in each window, in spins. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  readonly windows: Readonly<Record<string, SpinRange>>;
}

/** The same text for the same choice. */
export function keyOfPoint({ cpus, machines, sync, round, spin, phases, windows }: Point): string {
  const ranges = (of: Point['phases']): unknown[] => Object.entries(of).map(([name, { min, max }]) => [name, min, max]);
  return JSON.stringify([cpus, machines, sync, round, spin.min, spin.max, ranges(phases), ranges(windows)]);
}

/** What was counted in one slice of time under one choice. */
export interface Slice {
  /** Failures of the expected kind. */
  readonly failures: number;
  readonly nearMisses: number;
  readonly trials: number;
  /** Seconds by the clock, and those in which the CPUs had processors (lib/harness/host/threadTime.ts). */
  readonly seconds: number;
  readonly ranSeconds: number;
}

/** What is to be as frequent as it can be. */
export const GOALS = ['failures', 'near-misses', 'trials'] as const;
export type Goal = (typeof GOALS)[number];

/** What of a slice counts. */
export function hitsOf(
  goal: Goal,
  { failures, nearMisses, trials }: Pick<Slice, 'failures' | 'nearMisses' | 'trials'>,
): number {
  return { failures, 'near-misses': nearMisses, trials }[goal];
}
