/**
 * The plan of a run: everything that decides what its CPUs do. Made on the host by makePlan.ts, and sent to each CPU's
 * thread.
 */

import type { MachineNeeds } from '../race/bootMachine.js';
import { LIVE } from './liveLayout.js';
import { spinBudget, type SpinBudget } from '../sharedarraybuffer-utils/index.js';
import type { MemoryModel } from '../machine/memoryModel.js';
import { instancesThatFit } from '../machine/map.js';
import type { Knobs } from '../race/expectation.js';
import type { ActorRace, Race } from '../race/race.js';
import { placesOf } from '../race/tasks.js';
import type { Settings, SpinRange, Sync } from '../race/settings.js';
import { LITMUS_ROUND } from '../race/litmus.js';

export { CPUS_MAX } from '../machine/layout.js';
export { SYNC_MODES, type Sync } from '../race/settings.js';

/** What a run does after a trial that hung. */
export const ON_HANG = ['continue', 'stop'] as const;
export type OnHang = (typeof ON_HANG)[number];

/** Everything that decides what the CPUs do; the same object in every thread. Made by makePlan() alone. */
export interface Plan extends Omit<Settings, 'sync'> {
  /** Where the race's module is, as a URL. */
  readonly raceUrl: string;
  readonly race: string;
  readonly variant: string;
  readonly knobs: Knobs;
  readonly sync: Sync | 'lockstep';
  readonly seed: number;
  /** Threads of a machine: one for each CPU, or for each task where those outnumber them. */
  readonly places: number;
  /** Trials in all; each machine does its share. Infinity with a duration. */
  readonly trials: number;
  readonly stopOnFirst: boolean;
  /** Whether a machine continues after a trial that hung. */
  readonly onHang: OnHang;
  /** Whether the CPUs measure how soon deadlocks are proved. */
  readonly timing: boolean;
  /** Whether they count how often their heap is collected. */
  readonly countsCollections: boolean;
  readonly recording: boolean;
  /** How the machine orders memory. */
  readonly memory: MemoryModel;
  /** Whether the CPUs learn in which order locks are taken. */
  readonly lockdep: boolean;
  /** Whether threads are kept on cores (coreBinding.ts). */
  readonly bindCores: boolean;
  /** Whether its settings can change while it runs (liveSettings.ts). */
  readonly live: boolean;
  /** Whether the first trial of each round is sampled, for the classes of orders that are met. */
  readonly samples: boolean;
  /** Turns that a lockstep order can hold; 0 otherwise. */
  readonly orderTurns: number;
  /** Failures of each signature whose records are kept as evidence, on each machine. */
  readonly keep: number;
  /** The trial that a lockstep run repeats by a script; null for a first trial without one. */
  readonly replay: ReplayedTrial | null;
  /** Start of the host process in milliseconds since the epoch. */
  readonly hostStartMs: number;
  readonly cores: number;
}

/** How many threads the plan has for how many cores, and whether it may say where they run. */
export type Crowd = Pick<Plan, 'places' | 'machines' | 'cores' | 'bindCores'>;

/** What of a trial decides what its actors do, beside the plan. */
export interface ReplayedTrial {
  readonly trial: number;
  /** Word index of its instance. */
  readonly instance: number;
  /** The number that each CPU had drawn for chance. */
  readonly chance: readonly number[];
}

/** The wait of an actor that neither the user nor the race gives one. */
export const DEFAULT_PHASE: SpinRange = Object.freeze({ min: 0, max: 63 });

/** Failed trials that can wait for the host, which looks some ten times a second. */
const CAPTURE_SLOTS_MAX = 48;
/** Enough for one failure of each of a race's signatures that come at once. */
const CAPTURE_SLOTS_MIN = 8;

/** Returns what the plan says of the machine's memory. */
export function machineNeedsOf(plan: Plan): MachineNeeds {
  return {
    cpus: plan.places,
    processors: plan.cpus,
    instances: plan.round,
    orderTurns: plan.orderTurns,
    captureSlots: Math.min(CAPTURE_SLOTS_MAX, CAPTURE_SLOTS_MIN * plan.keep),
    settingsWords: plan.live ? LIVE.WORDS : 0,
    samples: plan.samples,
  };
}

/**
 * Returns the number of trials in a round. CPUs that meet for each trial want few, so that the instances stay in the
 * cache and their trials are soon counted; CPUs that meet once a round want many, so that the meeting costs little.
 */
export function roundTrials(race: Race, sync: Sync): number {
  if (race.kind === 'litmus') return LITMUS_ROUND;
  return sync === 'rendezvous' ? 128 : 512;
}

/** Returns the share of machine `m` in the trials of the plan. */
export function trialsOf(plan: Plan, m: number): number {
  if (plan.trials === Infinity) return Infinity;
  return Math.floor(plan.trials / plan.machines) + (m < plan.trials % plan.machines ? 1 : 0);
}

/** Returns how the CPUs of the plan wait for each other. */
export function waitingOf(plan: Pick<Plan, 'places' | 'machines' | 'cores'> & Partial<Pick<Plan, 'spin'>>): SpinBudget {
  return { ...spinBudget(plan.places * plan.machines, plan.cores), ...plan.spin };
}

/**
 * Returns the cores that the CPUs of the plan's machine share (relay.ts); null where each has its own, where several
 * machines want them, and where threads stay where the host's scheduler puts them.
 */
export function sharedCoresOf({ places, machines, cores, bindCores }: Crowd): number | null {
  return machines === 1 && places > cores && cores > 1 && bindCores ? cores : null;
}

/** Returns the longest round that fits into a machine. */
export function roundMax(race: Race, config: unknown, cpus: number): number {
  if (race.kind === 'litmus') return LITMUS_ROUND;
  return instancesThatFit(race.instanceWords(config), placesOf(race, cpus), Infinity);
}

/** How many times as long a window lies open where CPUs outnumber the cores, at most. */
const SHARED_CORE_DELAYS = 100;
/** The same for each CPU of a core, where they run in a relay. */
const RELAY_DELAYS = 8;

/**
 * Returns the delay of a window that the user gives none. A race's own delays assume one core for each CPU. Where CPUs
 * share cores, the other CPU must be woken before it can enter the window: that takes microseconds in a relay, and tens
 * of microseconds elsewhere.
 */
export function usualDelay(race: Pick<ActorRace, 'delays'>, window: string, crowd: Crowd): SpinRange {
  const { min, max } = race.delays[window] ?? { min: 0, max: 0 };
  const { places, machines, cores } = crowd;
  if (places * machines <= cores) return { min, max };
  const inRelay = sharedCoresOf(crowd) === null ? Infinity : Math.ceil((RELAY_DELAYS * places) / cores);
  const times = Math.min(SHARED_CORE_DELAYS, inRelay);
  return { min: min * times, max: max * times };
}
