/** Turns race, variant and conditions into the request of one run. Called by the commands and by the functions for programs. */

import { randomInt } from 'node:crypto';
import type { Claim } from '../statistics/claim.js';
import { makePlan, type PlanRequest } from '../harness/makePlan.js';
import type { Plan, Sync } from '../harness/plan.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import type { Knobs } from '../race/expectation.js';
import { standingWorkloadOf } from '../race/kinds.js';
import { knobsFor } from '../race/knobs.js';
import type { Race } from '../race/race.js';
import { SEED_MAX } from './limits.js';
import type { NamedRace } from './namedRace.js';
import type { OrderOfFile } from './order/order.js';
import { isSampled } from './samplingObstacle.js';
import { UsageError } from './usageError.js';
import { usualFor, usualKnobs, type Usual } from './usual.js';

/** One variant's run. */
export interface RunRequest {
  readonly plan: Plan;
  /** The race as it was typed, to repeat the run with. */
  readonly typed: string;
  /** Threads as requested. */
  readonly threads: number;
  /** Null if only trials or a claim limit the run. */
  readonly durationMs: number | null;
  /** The claim to decide; the run ends as soon as its counts decide it. */
  readonly claim: Claim | null;
  /** CPU time after which a trial counts as hung; null for no watchdog. */
  readonly watchdogMs: number | null;
  /** Whether its buggy twin is run first, if its rate is needed. */
  readonly withTwin: boolean;
  /** Whether the seed has an effect on its trials. */
  readonly draws: boolean;
  /** Folder of the evidence; null for none, undefined for the default of the command that repeats the run. */
  readonly evidence: string | null | undefined;
  /** The order of accesses that it is to make likely; null for none. */
  readonly from: OrderOfFile | null;
  /** Whether the classes of orders that it meets are counted. */
  readonly classes: boolean;
  /** Whether some of its trials are sampled for a trace. */
  readonly traced: boolean;
  /** The defaults that a repeat line leaves out. */
  readonly usual: Usual;
}

/** The checked conditions of a run. */
export interface Asked extends Omit<
  PlanRequest,
  'machines' | 'samples' | 'timing' | 'countsCollections' | 'live' | 'orderTurns' | 'replay'
> {
  /** All knobs, as knobsUnder() returns them. */
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly threads: number;
  readonly sync: Sync;
  readonly seed: number;
  /** At most one of the two is a limit: Infinity or null is none. Without a claim there must be one. */
  readonly trials: number;
  readonly durationMs: number | null;
  readonly claim?: Claim | null;
  /** True if absent. */
  readonly withTwin?: boolean;
  /** Null for no watchdog. */
  readonly watchdogMs?: number | null;
  /** Folder of the evidence; null for none. */
  readonly evidence?: string | null | undefined;
  /** The order of accesses that it is to make likely. */
  readonly from?: OrderOfFile | null;
  /** Whether the classes of orders that it meets are counted: false. */
  readonly classes?: boolean;
  /** Whether some of its trials are sampled for a trace: false. */
  readonly traced?: boolean;
}

export function runRequestOf(chosen: NamedRace, asked: Asked): RunRequest {
  const { threads, durationMs, claim = null, withTwin = true, watchdogMs = WATCHDOG_MS, evidence, ...rest } = asked;
  const { from = null, classes = false, traced = false, ...request } = rest;
  const { memory = 'sc' } = request;
  if (chosen.race.kind === 'actors' && chosen.race.own !== null && memory !== 'sc')
    throw new UsageError(`--memory ${memory}: ${chosen.race.name} works on the host's own memory, which has no model`);
  const unsampled = makePlan(chosen, {
    ...request,
    machines: Math.floor(threads / asked.cpus),
    live: from !== null,
  });
  const plan = { ...unsampled, samples: classes || (traced && isSampled(chosen.race, unsampled)) };
  return {
    plan,
    typed: chosen.typed,
    threads,
    durationMs,
    watchdogMs,
    claim,
    withTwin,
    draws: chosen.race.kind === 'actors',
    evidence,
    from,
    classes,
    traced,
    usual: usualFor(chosen, plan),
  };
}

/**
 * Returns the knobs of a run. Without meetings the race's standing workload gives defaults, which the variant's needs override.
 * Throws UsageError if the race cannot run like that.
 */
export function knobsUnder(race: Race, variant: string, sync: Sync, asked: Knobs): Knobs {
  if (race.kind === 'litmus' && sync !== 'stride')
    throw new UsageError(`--sync ${sync}: ${race.name} is a litmus race, which only has --sync stride`);
  if (race.kind === 'actors' && Object.keys(race.lines).length > 0 && sync !== 'rendezvous')
    throw new UsageError(
      `--sync ${sync}: the interrupt lines of ${race.name} belong to a trial, so its CPUs meet before each: it only has --sync rendezvous`,
    );
  if (race.kind === 'actors' && race.tasks !== null && sync !== 'rendezvous')
    throw new UsageError(
      `--sync ${sync}: the tasks of ${race.name} begin and end with a trial, so its CPUs meet before each: it only has --sync rendezvous`,
    );
  if (race.kind === 'actors' && race.own !== null && sync !== 'rendezvous')
    throw new UsageError(
      `--sync ${sync}: ${race.name} has one memory, which is brought back before each trial: it only has --sync rendezvous`,
    );
  if (sync !== 'free') return knobsFor(race, variant, asked);
  const free = standingWorkloadOf(race);
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
export function runsFree(race: Race, knobs: Knobs): boolean {
  const agrees = (with_: Knobs): boolean => Object.entries(with_).every(([name, value]) => knobs[name] === value);
  return standingWorkloadOf(race)?.allowed.some(agrees) ?? false;
}

function knobWords(knobs: Knobs): string {
  return Object.entries(knobs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Draws a seed for a run without one. */
export function randomSeed(): number {
  return randomInt(SEED_MAX + 1);
}
