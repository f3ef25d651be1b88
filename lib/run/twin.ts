/** The buggy twin of a run that should hold: how it is hammered, under the conditions of the run, and what it is called. */

import { expectedFailures } from '../statistics/verdict.js';
import { runningActors } from '../harness/makePlan.js';
import type { Sync } from '../harness/plan.js';
import type { Totals } from '../harness/host/run.js';
import { expectedOutcome, twinOf, type Form } from '../race/expectation.js';
import type { RunDocument } from '../report/runDocument.js';
import type { NamedRace } from './namedRace.js';
import { knobsUnder, orderOf, runsFree, type RunOrder } from './request.js';

/** What is known to fail, and is hammered to see how often. */
export interface Twin {
  readonly order: RunOrder;
  /** `buggy`; with the knobs that differ: `buggy split_ptl=1`. */
  readonly name: string;
}

export interface Counts {
  readonly failures: number;
  readonly trials: number;
}

/** Failures after which a rate is known well enough. */
export const ENOUGH_FAILURES = 100;

/** The twin under the conditions of `order`, but for what the race says makes it fail; null if nothing is expected to fail. */
export function twinFor(chosen: NamedRace, order: RunOrder, durationMs: number): Twin | null {
  const { race } = chosen;
  const { variant, knobs, sync } = order.plan;
  const form = twinOf(race, { variant, knobs });
  if (form === null || (sync === 'free' && !runsFree(race, form.knobs))) return null;
  return twinIn(chosen, order, form, durationMs);
}

/** What else of the race fails: the first variant with the knobs that suit it. Null if it is expected to hold as well. */
export function usualFailure(chosen: NamedRace, order: RunOrder, durationMs: number): Twin | null {
  const { race } = chosen;
  const [variant] = Object.keys(race.variants);
  const knobs = knobsUnder(race, variant, order.plan.sync as Sync, {});
  return expectedOutcome(race, variant, knobs) === null ? null : twinIn(chosen, order, { variant, knobs }, durationMs);
}

function twinIn(chosen: NamedRace, order: RunOrder, { variant, knobs }: Form, durationMs: number): Twin {
  const { race } = chosen;
  const { plan, threads, watchdogMs } = order;
  const { cpus, seed, recording, lockdep, bindCores, windows, round, spin } = plan;
  const actors = runningActors(race, variant, knobs, cpus);
  const differing = Object.entries(knobs).filter(([name, value]) => plan.knobs[name] !== value);
  return {
    name: [variant, ...differing.map(([name, value]) => `${name}=${value}`)].join(' '),
    order: orderOf(chosen, {
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
      lockdep,
      bindCores,
      spin,
      phases: Object.fromEntries(Object.entries(plan.phases).filter(([actor]) => actors.includes(actor))),
    }),
  };
}

/** Counts the trials of a run that should fail, and those of its failures that were expected. */
export function countsOf({ trials, expectedOutcome: fails, alsoFails = [], outcomes }: RunDocument): Counts {
  return { trials, failures: expectedFailures({ fails, alsoFails }, { outcomes }) };
}

/** Whether a run that should fail has shown often enough how often it does. */
export function hasFailedEnough(expected: string | null, { outcomes }: Pick<Totals, 'outcomes'>): boolean {
  return outcomes.some(({ signature, count }) => signature === expected && count >= ENOUGH_FAILURES);
}

/** What decides how often a run fails: the same for two of them, the same rate. The seed is left out. */
export function conditionsOf({ plan }: RunOrder): string {
  const sorted = (all: Readonly<Record<string, unknown>>): unknown =>
    Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { raceUrl, variant, knobs, cpus, machines, sync, round, spin, phases, windows, recording, lockdep, bindCores } =
    plan;
  const settings = [sorted(phases), sorted(windows), round, spin, recording, lockdep, bindCores];
  return JSON.stringify([raceUrl, variant, sorted(knobs), cpus, machines, sync, ...settings]);
}
