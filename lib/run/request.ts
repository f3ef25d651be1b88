/** Race, variant and conditions turned into what one run is made of. What is not asked for has the race's default. */

import { randomInt } from 'node:crypto';
import type { Claim } from '../statistics/claim.js';
import { makePlan, type PlanRequest } from '../harness/makePlan.js';
import type { Plan, Sync } from '../harness/plan.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import type { Knobs } from '../race/expectation.js';
import { knobsFor } from '../race/knobs.js';
import type { Race } from '../race/race.js';
import type { NamedRace } from './namedRace.js';
import { UsageError } from './usageError.js';
import { usualFor, usualKnobs, type Usual } from './usual.js';

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
  /** Whether its buggy twin is hammered first, where that decides what no failure is worth. */
  readonly withTwin: boolean;
  /** Whether its trials draw anything, and the seed matters. */
  readonly draws: boolean;
  /** Folder of the evidence; null where none is kept, undefined where that is left to whoever repeats the run. */
  readonly evidence: string | null | undefined;
  /** What of it need not be said to repeat it. */
  readonly usual: Usual;
}

/** The conditions of a run, all of them checked. */
export interface Asked extends Omit<
  PlanRequest,
  'machines' | 'timing' | 'countsCollections' | 'live' | 'orderTurns' | 'replay'
> {
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
  /** True if absent. */
  readonly withTwin?: boolean;
  /** Null for no watchdog. */
  readonly watchdogMs?: number | null;
  /** Folder of the evidence, if any is kept; null if the user wants none. */
  readonly evidence?: string | null | undefined;
}

const SEEDS = 2 ** 32;

export function orderOf(chosen: NamedRace, asked: Asked): RunOrder {
  const { threads, durationMs, claim = null, withTwin = true, watchdogMs = WATCHDOG_MS, evidence, ...request } = asked;
  const plan = makePlan(chosen, { ...request, machines: Math.floor(threads / asked.cpus) });
  return {
    plan,
    typed: chosen.typed,
    threads,
    durationMs,
    watchdogMs,
    claim,
    withTwin,
    draws: chosen.race.litmus === undefined,
    evidence,
    usual: usualFor(chosen, plan),
  };
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
  const knobs = { ...usualKnobs(race, variant, sync), ...asked };
  if (runsFree(race, knobs)) return knobs;
  const deciding = [...new Set(free.allowed.flatMap((allowed) => Object.keys(allowed)))];
  const got = Object.fromEntries(deciding.map((name) => [name, knobs[name]]));
  throw new UsageError(
    `--sync free: a pass of ${race.name}:${variant} must end in the state it began in, which it does with ` +
      `${free.allowed.map(knobWords).join(', or ')}; not with ${knobWords(got)}`,
  );
}

/** Whether a pass of the race's standing workload ends in the state it began in, under these knobs. */
export function runsFree({ free }: Race, knobs: Knobs): boolean {
  const agrees = (with_: Knobs): boolean => Object.entries(with_).every(([name, value]) => knobs[name] === value);
  return free?.allowed.some(agrees) ?? false;
}

function knobWords(knobs: Knobs): string {
  return Object.entries(knobs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** A seed for a run that was given none. */
export function randomSeed(): number {
  return randomInt(SEEDS);
}
