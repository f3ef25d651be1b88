/** Makes the buggy twin of a run that should hold, under the same conditions. Called by knownRate.ts, rows.ts and verification.ts. */

import { countOf, type Counts, type PlacedFailures } from '../statistics/counts.js';
import { expectedFailures } from '../statistics/verdict.js';
import { runningActors } from '../harness/makePlan.js';
import type { Sync } from '../harness/plan.js';
import { expectedOutcome, twinOf, type Form } from '../race/expectation.js';
import type { RunDocument } from '../report/run/document.js';
import type { NamedRace } from './namedRace.js';
import { knobsUnder, runRequestOf, runsFree, type RunRequest } from './request.js';

/** A run that is known to fail, to count its rate. */
export interface Twin {
  readonly request: RunRequest;
  /** `buggy`, or with the knobs that differ `buggy split_ptl=1`. */
  readonly name: string;
}

/** Failures after which a rate is known precisely enough. */
export const ENOUGH_FAILURES = 100;

/** Returns the twin under the conditions of `request`, except for what makes it fail; null if nothing is expected to fail. */
export function twinFor(chosen: NamedRace, request: RunRequest, durationMs: number): Twin | null {
  const { race } = chosen;
  const { variant, knobs, sync, memory } = request.plan;
  const form = twinOf(race, { variant, knobs, memory });
  if (form === null || (sync === 'free' && !runsFree(race, form.knobs))) return null;
  return twinIn(chosen, request, form, durationMs);
}

/** Returns the usual failure of the race: the first variant with its default knobs. Null if it is expected to hold as well. */
export function usualFailure(chosen: NamedRace, request: RunRequest, durationMs: number): Twin | null {
  const { race } = chosen;
  const [variant] = Object.keys(race.variants);
  const knobs = knobsUnder(race, variant, request.plan.sync as Sync, {});
  const fails = expectedOutcome(race, variant, knobs, request.plan.memory);
  return fails === null ? null : twinIn(chosen, request, { variant, knobs }, durationMs);
}

function twinIn(chosen: NamedRace, request: RunRequest, { variant, knobs }: Form, durationMs: number): Twin {
  const { race } = chosen;
  const { plan, threads, watchdogMs } = request;
  const { cpus, seed, recording, memory, lockdep, bindCores, windows, round, spin } = plan;
  const actors = runningActors(race, variant, knobs, cpus);
  const differing = Object.entries(knobs).filter(([name, value]) => plan.knobs[name] !== value);
  return {
    name: [variant, ...differing.map(([name, value]) => `${name}=${value}`)].join(' '),
    request: runRequestOf(chosen, {
      variant,
      knobs,
      cpus,
      threads,
      sync: plan.sync as Sync,
      seed,
      recording,
      trials: Infinity,
      durationMs,
      watchdogMs,
      windows,
      round,
      memory,
      lockdep,
      bindCores,
      spin,
      phases: Object.fromEntries(Object.entries(plan.phases).filter(([actor]) => actors.includes(actor))),
    }),
  };
}

/** Counts the trials of a run that should fail, and those of its failures that were expected; its blocks are those of all failures. */
export function countsOf(run: RunDocument): PlacedFailures {
  const { trials, expectedOutcome: fails, alsoFails = [], outcomes, failureBlocks: blocks = [] } = run;
  return { trials, failures: expectedFailures({ fails, alsoFails }, { outcomes }), blocks };
}

/** Whether a run that should fail has failed often enough to know its rate. */
export function hasFailedEnough(expected: string | null, counts: Pick<Counts, 'outcomes'>): boolean {
  return countOf(expected, counts) >= ENOUGH_FAILURES;
}

/** Returns a key of all conditions that decide the rate of a run. The seed is not among them. */
export function conditionsOf({ plan }: RunRequest): string {
  const sorted = (all: Readonly<Record<string, unknown>>): unknown =>
    Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { raceUrl, variant, knobs, cpus, machines, sync, memory, round, spin, phases, windows } = plan;
  const { recording, lockdep, bindCores } = plan;
  const settings = [memory, sorted(phases), sorted(windows), round, spin, recording, lockdep, bindCores];
  return JSON.stringify([raceUrl, variant, sorted(knobs), cpus, machines, sync, ...settings]);
}
