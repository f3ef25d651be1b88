import type { Knobs, SpinRange } from '../race/defineRace.js';

/** How the CPUs of a machine keep together. */
export const SYNC_MODES = ['rendezvous', 'stride', 'free'] as const;
export type Sync = (typeof SYNC_MODES)[number];

/** What a run does after a trial that hung. */
export const ON_HANG = ['continue', 'stop'] as const;
export type OnHang = (typeof ON_HANG)[number];

/** Everything that decides what the CPUs do; the same object in every thread. */
export interface Plan {
  /** Where the race's module is, as a URL. */
  readonly raceUrl: string;
  readonly race: string;
  readonly variant: string;
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly machines: number;
  readonly sync: Sync | 'lockstep';
  readonly seed: number;
  /** Trials in all; each machine does its share. Infinity with a duration. */
  readonly trials: number;
  readonly stopOnFirst: boolean;
  /** Whether a machine goes on after a trial that hung: `continue` if absent. */
  readonly onHang?: OnHang;
  /** Whether the CPUs measure how soon deadlocks are proved. */
  readonly timing?: boolean;
  readonly recording: boolean;
  /** Whether the CPUs learn in which order locks are taken; true if absent. */
  readonly lockdep?: boolean;
  /** Whether each thread is kept on a core of its own, where there are enough; true if absent. */
  readonly bindCores?: boolean;
  /** Random wait before each actor, by name. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  /** Delay in each window, by name. */
  readonly windows: Readonly<Record<string, SpinRange>>;
  /** Instances in a round. */
  readonly round: number;
  /** Turns that a lockstep order can hold; 0 otherwise. */
  readonly orderTurns: number;
  /** Start of the host process in milliseconds since the epoch. */
  readonly hostStartMs: number;
  readonly cores: number;
}

/** The wait of an actor that neither the user nor the race gives one. */
export const DEFAULT_PHASE: SpinRange = Object.freeze({ min: 0, max: 63 });

/**
 * Trials in a round. CPUs that meet for each trial want few, so that the instances stay in the cache and a run ends soon
 * when told to; CPUs that meet once a round want many, so that the meeting costs little.
 */
export function roundTrials(sync: Sync): number {
  return sync === 'rendezvous' ? 64 : 512;
}

/** The share of machine `m` in the trials of the plan. */
export function trialsOf(plan: Plan, m: number): number {
  if (plan.trials === Infinity) return Infinity;
  return Math.floor(plan.trials / plan.machines) + (m < plan.trials % plan.machines ? 1 : 0);
}
