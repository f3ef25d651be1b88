/**
 * Makes the plan of a run: the one place where what was not asked for gets its value. Called on the host by all that
 * hammers or replays.
 */

import { availableParallelism } from 'node:os';
import type { MemoryModel } from '../machine/memoryModel.js';
import type { Knobs } from '../race/expectation.js';
import { knobsFor } from '../race/knobs.js';
import { configOf } from '../race/kinds.js';
import type { ActorRace, Race, SpinRange } from '../race/race.js';
import { placesOf } from '../race/tasks.js';
import { canBind } from './host/coreBinding.js';
import type { LoadedRace } from './host/loadRace.js';
import {
  DEFAULT_PHASE,
  roundMax,
  roundTrials,
  usualDelay,
  waitingOf,
  type OnHang,
  type Plan,
  type ReplayedTrial,
  type Sync,
} from './plan.js';

/** What a run is asked for; every field but the variant has a default. */
export interface PlanRequest {
  readonly variant: string;
  /** Knobs beside the defaults of the race and what the variant needs. */
  readonly knobs?: Knobs;
  /** CPUs of a machine: the race's default. */
  readonly cpus?: number;
  /** Machines side by side: 1. */
  readonly machines?: number;
  /** `rendezvous`; `stride` for a litmus race. */
  readonly sync?: Plan['sync'];
  /** 1. */
  readonly seed?: number;
  /** Infinity: the run ends by its duration, or on request. */
  readonly trials?: number;
  /** False. */
  readonly stopOnFirst?: boolean;
  /** `continue`. */
  readonly onHang?: OnHang;
  /** Whether the CPUs measure how soon deadlocks are proved: false. */
  readonly timing?: boolean;
  /** Whether they count how often their heap is collected: false. */
  readonly countsCollections?: boolean;
  /** True; never for a litmus race, which has nothing to record. */
  readonly recording?: boolean;
  /** `sc`; always for a litmus race, which accesses the memory of the host. */
  readonly memory?: MemoryModel;
  /** True; never for a litmus race, which has no locks. */
  readonly lockdep?: boolean;
  /** True; never on a host that cannot bind threads. */
  readonly bindCores?: boolean;
  /** Random wait before actors, by name, where it is not that of the race. */
  readonly phases?: Readonly<Record<string, SpinRange>>;
  /** Delays of windows, by name, where they are not those of the race. */
  readonly windows?: Readonly<Record<string, SpinRange>>;
  /** Trials in a round: as many as the mode is best with, at most as many as fit into a machine. */
  readonly round?: number;
  /** Iterations that a waiting CPU spins before it sleeps: by the number of CPUs and cores. */
  readonly spin?: SpinRange;
  /** Whether the settings can change while it runs: false. */
  readonly live?: boolean;
  /** Whether trials are sampled for their classes of orders: false. */
  readonly samples?: boolean;
  /** Turns that a lockstep order can hold: 0. */
  readonly orderTurns?: number;
  /** Failures of each signature to keep as evidence: 0. */
  readonly keep?: number;
  /** The trial that a lockstep run repeats: null. */
  readonly replay?: ReplayedTrial | null;
}

/** Fills in every default, by the race and by this host. */
export function makePlan({ race, url }: LoadedRace, request: PlanRequest): Plan {
  const { variant, cpus = race.cpus.default, machines = 1, sync = usualSync(race) } = request;
  const knobs = knobsFor(race, variant, request.knobs ?? {});
  const bindCores = (request.bindCores ?? true) && canBind();
  const crowd = { cpus, places: placesOf(race, cpus), machines, cores: cores(), bindCores };
  return {
    raceUrl: url,
    race: race.name,
    variant,
    knobs,
    ...crowd,
    sync,
    seed: request.seed ?? 1,
    trials: request.trials ?? Infinity,
    stopOnFirst: request.stopOnFirst ?? false,
    onHang: request.onHang ?? 'continue',
    timing: request.timing ?? false,
    countsCollections: request.countsCollections ?? false,
    ...(race.kind === 'litmus' ? NOTHING_OF_A_TRIAL : trialSettings(race, { knobs, sync, ...crowd }, request)),
    round: roundOf(race, { variant, knobs, cpus, sync }, request.round),
    spin: spinOf(crowd, request.spin),
    live: request.live ?? false,
    samples: request.samples ?? false,
    orderTurns: request.orderTurns ?? 0,
    replay: request.replay ?? null,
    hostStartMs: performance.timeOrigin,
  };
}

/** Returns the number of threads that this host runs at the same time. */
export function cores(): number {
  return availableParallelism();
}

/** Returns how the CPUs of a race keep together if nothing else is asked for. */
export function usualSync(race: Race): Sync {
  return race.kind === 'actors' ? 'rendezvous' : 'stride';
}

/** Returns the actors that run under these conditions, each once; none of a litmus race, whose threads sweep. */
export function runningActors(race: Race, variant: string, knobs: Knobs, cpus: number): string[] {
  if (race.kind === 'litmus') return [];
  const config = race.configure(variant, knobs);
  return [...new Set(Array.from({ length: placesOf(race, cpus) }, (_, cpu) => race.role(cpu, cpus, config).actor))];
}

/** A wait passes time for the other CPUs; in lockstep the order says when they run. */
const NO_WAIT: SpinRange = Object.freeze({ min: 0, max: 0 });

/** What a plan says of the single trial: what is recorded of it, and when its actors come. */
type TrialSettings = Pick<Plan, 'recording' | 'memory' | 'lockdep' | 'keep' | 'phases' | 'windows'>;

/** A litmus test has no trials that could be looked at, and the memory of the host. */
const NOTHING_OF_A_TRIAL: TrialSettings = {
  recording: false,
  memory: 'sc',
  lockdep: false,
  keep: 0,
  phases: {},
  windows: {},
};

function trialSettings(
  race: ActorRace,
  { knobs, sync, ...crowd }: Pick<Plan, 'knobs' | 'sync' | 'cpus'> & Parameters<typeof usualDelay>[2],
  { variant, recording = true, memory = 'sc', lockdep = true, keep = 0, phases, windows }: PlanRequest,
): TrialSettings {
  return {
    recording,
    memory,
    lockdep,
    keep,
    phases: { ...usualPhases(race, variant, knobs, crowd.cpus, sync), ...phases },
    windows: { ...usualWindows(race, crowd, sync), ...windows },
  };
}

function usualPhases(
  race: ActorRace,
  variant: string,
  knobs: Knobs,
  cpus: number,
  sync: Plan['sync'],
): Record<string, SpinRange> {
  const phaseOf = (actor: string): SpinRange => (sync === 'lockstep' ? NO_WAIT : (race.phases[actor] ?? DEFAULT_PHASE));
  return Object.fromEntries(runningActors(race, variant, knobs, cpus).map((actor) => [actor, phaseOf(actor)]));
}

function usualWindows(
  race: ActorRace,
  crowd: Parameters<typeof usualDelay>[2],
  sync: Plan['sync'],
): Record<string, SpinRange> {
  const delayOf = (window: string): SpinRange => (sync === 'lockstep' ? NO_WAIT : usualDelay(race, window, crowd));
  return Object.fromEntries(race.windows.map((window) => [window, delayOf(window)]));
}

function roundOf(
  race: Race,
  { variant, knobs, cpus, sync }: Pick<Plan, 'variant' | 'knobs' | 'cpus' | 'sync'>,
  asked: number | undefined,
): number {
  // In lockstep there is one trial; a replay asks for the round of the run, so that addresses are the same.
  if (sync === 'lockstep') return asked ?? 1;
  return Math.min(asked ?? roundTrials(race, sync), roundMax(race, configOf(race, variant, knobs), cpus));
}

function spinOf(crowd: Pick<Plan, 'places' | 'machines' | 'cores'>, asked: SpinRange | undefined): SpinRange {
  const { min, max } = waitingOf({ ...crowd, ...(asked === undefined ? {} : { spin: asked }) });
  return { min, max };
}
