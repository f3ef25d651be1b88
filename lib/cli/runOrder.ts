/** Race, variant and conditions turned into what one run is made of; whatever is not asked for is as suits the race. */

import { randomInt } from 'node:crypto';
import type { Claim } from '../evidence/claim.js';
import { canBind } from '../harness/coreBinding.js';
import {
  DEFAULT_PHASE,
  roundMax,
  roundTrials,
  usualDelay,
  waitingOf,
  type OnHang,
  type Plan,
  type Sync,
} from '../harness/plan.js';
import { WATCHDOG_MS } from '../harness/watchdog.js';
import { cores } from '../harness/run.js';
import { knobsFor, type Knobs, type Race, type SpinRange } from '../race/defineRace.js';
import type { ChosenRace } from './chooseRace.js';
import { parseSeed } from './numbers.js';
import { UsageError } from './usageError.js';

/** One variant's run. */
export interface RunOrder {
  readonly plan: Plan;
  /** The race as it was typed, to repeat the run with. */
  readonly typed: string;
  /** Threads as asked for. */
  readonly threads: number;
  /** Null when the run ends with its trials, or with its claim alone. */
  readonly durationMs: number | null;
  /** What the run is to bear out; it ends as soon as its counts decide. */
  readonly claim: Claim | null;
  /** How long a trial may have the processor before it counts as hung; null for no watchdog. */
  readonly watchdogMs: number | null;
  /** Whether its trials draw anything, and the seed matters. */
  readonly draws: boolean;
}

/** The conditions of a run, all of them checked. */
export interface Asked {
  readonly variant: string;
  /** Every knob, as knobsUnder() gives them. */
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly threads: number;
  readonly sync: Sync;
  readonly seed: number;
  /** At most one of the two is a limit: Infinity trials, or null, is none. Without a claim there must be one. */
  readonly trials: number;
  readonly durationMs: number | null;
  readonly claim?: Claim | null;
  readonly stopOnFirst?: boolean;
  readonly recording?: boolean;
  readonly lockdep?: boolean;
  readonly bindCores?: boolean;
  /** Null for no watchdog. */
  readonly watchdogMs?: number | null;
  readonly onHang?: OnHang;
  /** Failures of each signature to keep as evidence; none if absent. */
  readonly keep?: number;
  /** Those that are not to be as suits the race. */
  readonly phases?: Readonly<Record<string, SpinRange>>;
  readonly windows?: Readonly<Record<string, SpinRange>>;
  readonly round?: number;
  readonly spin?: SpinRange;
}

const SEEDS = 2 ** 32;

export function orderOf({ race, url, typed }: ChosenRace, asked: Asked): RunOrder {
  const { variant, knobs, cpus, threads, sync, seed, trials, durationMs } = asked;
  // What a litmus race does leaves nothing to record, to wait for or to lock.
  const isLitmus = race.litmus !== undefined;
  const actors = isLitmus ? [] : runningActors(race, variant, knobs, cpus);
  const machines = Math.floor(threads / cpus);
  const bindCores = (asked.bindCores ?? true) && canBind();
  const crowd = { cpus, machines, cores: cores(), bindCores };
  const { min, max } = waitingOf({ ...crowd, ...(asked.spin === undefined ? {} : { spin: asked.spin }) });
  const plan: Plan = {
    raceUrl: url,
    race: race.name,
    variant,
    knobs,
    cpus,
    machines,
    sync,
    seed,
    trials,
    stopOnFirst: asked.stopOnFirst ?? false,
    onHang: asked.onHang ?? 'continue',
    recording: !isLitmus && (asked.recording ?? true),
    lockdep: !isLitmus && (asked.lockdep ?? true),
    bindCores,
    phases: {
      ...Object.fromEntries(actors.map((actor) => [actor, race.phases[actor] ?? DEFAULT_PHASE])),
      ...asked.phases,
    },
    windows: {
      ...Object.fromEntries(race.windows.map((name) => [name, usualDelay(race, name, crowd)])),
      ...asked.windows,
    },
    round: Math.min(asked.round ?? roundTrials(race, sync), roundMax(race, race.configure(variant, knobs), cpus)),
    spin: { min, max },
    orderTurns: 0,
    keep: isLitmus ? 0 : (asked.keep ?? 0),
    hostStartMs: performance.timeOrigin,
    cores: cores(),
  };
  const { watchdogMs = WATCHDOG_MS } = asked;
  return { plan, typed, threads, durationMs, watchdogMs, claim: asked.claim ?? null, draws: !isLitmus };
}

/** The actors that run under these conditions, each once. */
export function runningActors(race: Race, variant: string, knobs: Knobs, cpus: number): string[] {
  const config = race.configure(variant, knobs);
  return [...new Set(Array.from({ length: cpus }, (_, cpu) => race.role(cpu, cpus, config).actor))];
}

/** How the CPUs of a race keep together if nothing else is asked for. */
export function usualSync(race: Race): Sync {
  return race.litmus === undefined ? 'rendezvous' : 'stride';
}

/**
 * The knobs of a run. Without meetings the race's standing workload gives defaults, below what the variant needs.
 * Throws UsageError where the race cannot run like that.
 */
export function knobsUnder(race: Race, variant: string, sync: Sync, asked: Knobs): Knobs {
  if (race.litmus !== undefined && sync !== 'stride')
    throw new UsageError(
      `--sync ${sync}: ${race.name} is a litmus race: its threads sweep, so there is only --sync stride`,
    );
  if (sync !== 'free') return knobsFor(race, variant, asked);
  const { free } = race;
  if (free === undefined) throw new UsageError(`--sync free: ${race.name} has no workload that runs without meetings`);
  const knobs = knobsFor(race, variant, { ...free.knobs, ...race.variants[variant].needs, ...asked });
  const agrees = (with_: Knobs): boolean => Object.entries(with_).every(([name, value]) => knobs[name] === value);
  if (free.allowed.some(agrees)) return knobs;
  const deciding = [...new Set(free.allowed.flatMap((allowed) => Object.keys(allowed)))];
  const got = Object.fromEntries(deciding.map((name) => [name, knobs[name]]));
  throw new UsageError(
    `--sync free: a pass of ${race.name}:${variant} must end in the state it began in, which it does with ` +
      `${free.allowed.map(knobWords).join(', or ')}; not with ${knobWords(got)}`,
  );
}

function knobWords(knobs: Knobs): string {
  return Object.entries(knobs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** The seed that was typed, or a random one. Throws UsageError. */
export function seedOf(text: string | undefined): number {
  return text === undefined ? randomInt(SEEDS) : parseSeed(text, '--seed');
}
