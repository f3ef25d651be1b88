/** The rows of a campaign while it runs. Made by the `soak` commands; used by all of lib/soak. */

import type { Plan } from '../harness/plan.js';
import type { RaceSource } from '../harness/host/sourceFiles.js';
import { isInstrumented } from '../instrument/marked.js';
import type { StoredCampaign, RowTotals } from '../report/soak/document.js';
import type { Race } from '../race/race.js';

/** One row of a campaign: what is run, and its share of the time. */
export interface SoakRow {
  /** Name within its race, unique there. */
  readonly name: string;
  readonly race: Race;
  /** The race as it was typed: its name, or the path of its file. */
  readonly typed: string;
  readonly plan: Plan;
  /** The code of the row: other code under the same conditions is another row. */
  readonly source: RaceSource;
  /** The git commit of its race file, as RowTotals has it; null if nobody looked, or it is in none. */
  readonly revision: string | null;
  /** Whether it has settings that `tune` has found. */
  readonly tuned: boolean;
  /** Share of the time among the rows that should hold. */
  readonly weight: number;
  /** Signature that the row must fail with, or null if it must hold. */
  readonly expected: string | null;
  /** What else its verdict depends on. It is kept in the store, so that a report does not need the race. */
  readonly expectation: StoredExpectation;
  /** The command that runs the row by itself. */
  readonly repeat: string;
}

/** The fields are explained in RowTotals. */
export type StoredExpectation = Pick<RowTotals, 'minority' | 'twin' | 'failsAtLeast'> & {
  readonly alsoFails: readonly string[];
};

/** How a campaign uses its time. */
export type Pace = StoredCampaign['pace'];

/** Returns the key of the row's conditions. Key and code identify a row in a store; rows of two stores with one key can be compared. */
export function keyOf({ race, name, plan }: Pick<SoakRow, 'race' | 'name' | 'plan'>): string {
  const knobs = Object.entries(plan.knobs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const memory = plan.memory === 'sc' ? [] : [plan.memory];
  const mark = isInstrumented(plan.raceUrl) ? ['instrumented'] : [];
  return JSON.stringify([
    race.name,
    name,
    plan.variant,
    knobs,
    plan.cpus,
    plan.machines,
    plan.sync,
    ...memory,
    ...mark,
  ]);
}
