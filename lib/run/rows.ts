/** Turns the declared rows of a race into requests. Called by `verify`, by `soak` and by verify() of programs. */

import { usualSync } from '../harness/makePlan.js';
import type { Sync } from '../harness/plan.js';
import type { MemoryModel } from '../machine/memoryModel.js';
import { expectedOutcome, type Knobs } from '../race/expectation.js';
import type { Race } from '../race/race.js';
import type { NamedRace } from './namedRace.js';
import { knobsUnder, runRequestOf, type Asked, type RunRequest } from './request.js';
import { twinFor, type Twin } from './twin.js';

/** A declared row, completed by the race's defaults. */
export interface RowConditions {
  readonly name: string;
  readonly variant: string;
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly sync: Sync;
  /** As is asked for, if absent. */
  readonly memory?: MemoryModel;
}

/** One row of a race, ready to run. */
export interface ReadyRow extends NamedRace {
  /** Whether it has settings that `tune` has found. */
  readonly tuned: boolean;
  readonly row: string;
  readonly request: RunRequest;
  /** The twin of a row that should hold: what fails under the same conditions. Null if nothing does, or the row should fail itself. */
  readonly twin: Twin | null;
}

/** What all rows of a verification have in common. */
export interface RowsRequest {
  readonly seed: number;
  readonly budgetMs: number;
  readonly lockdep: boolean;
  readonly memory: MemoryModel;
  readonly bindCores: boolean;
  /** Folder for a failure of each signature; null or undefined keeps none. */
  readonly evidence?: string | null | undefined;
  readonly tune?: TuneRow | null;
  /** Whether the classes of orders that rows meet are counted: false. */
  readonly classes?: boolean;
}

/** Applies tuned settings to a row, and returns whether there were any. */
export type TuneRow = (race: NamedRace, asked: Asked) => { readonly asked: Asked; readonly tuned: boolean };

/** Returns the declared rows of a race, or of one of its variants. */
export function declaredRows(race: Race, variant?: string): RowConditions[] {
  return race.rows
    .filter((row) => variant === undefined || row.variant === variant)
    .map(({ name, variant: of, knobs = {}, cpus = race.cpus.default, sync = usualSync(race), memory }) => ({
      name,
      variant: of,
      knobs,
      cpus,
      sync,
      ...(memory === undefined ? {} : { memory }),
    }));
}

/** Makes the request of a row. */
export function readyRow(named: NamedRace, conditions: RowConditions, common: RowsRequest): ReadyRow {
  const { race } = named;
  const { name, variant, cpus, sync } = conditions;
  const { seed, budgetMs, lockdep, bindCores, evidence } = common;
  const memory = conditions.memory ?? common.memory;
  const keep = typeof evidence === 'string' ? 1 : 0;
  const knobs = knobsUnder(race, variant, sync, conditions.knobs);
  const limits = { threads: cpus, seed, trials: Infinity, durationMs: budgetMs };
  const how = { lockdep, memory, bindCores, keep, evidence, classes: common.classes ?? false };
  const asked: Asked = { variant, knobs, cpus, sync, ...limits, ...how };
  const { asked: settled, tuned } = common.tune?.(named, asked) ?? { asked, tuned: false };
  const request = runRequestOf(named, settled);
  const holds = expectedOutcome(race, variant, knobs, request.plan.memory) === null;
  return { ...named, row: name, tuned, request, twin: holds ? twinFor(named, request, budgetMs) : null };
}
