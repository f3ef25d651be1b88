/** The rows of a soak that fail, for the rows that should hold: without them nobody knows what no failure is worth. */

import { usualSync } from '../harness/makePlan.js';
import type { Sync } from '../harness/plan.js';
import { twinOf, type Form } from '../race/expectation.js';
import { isInstrumented } from '../instrument/marked.js';
import { keyOf, type SoakRow } from '../soak/row.js';
import type { SoakRace } from './races.js';
import { runsFree } from '../run/request.js';
import type { RowConditions } from '../run/rows.js';

/** One row before it is checked: the conditions that decide what happens. */
export interface Conditions extends RowConditions {
  readonly weight: number;
}

export interface PlannedRow {
  readonly chosen: SoakRace;
  readonly row: SoakRow;
}

/** Returns the rows, each of those that should hold with its buggy twin: one of the rows, or one more in front of the first that needs it. */
export function withTwins(
  planned: readonly PlannedRow[],
  make: (chosen: SoakRace, conditions: Conditions) => SoakRow,
): SoakRow[] {
  const byForm = new Map(planned.filter(fails).map((one) => [formKey(one, one.row.plan), one.row]));
  return planned.flatMap((one) => {
    const form = fails(one) ? null : failingForm(one);
    if (form === null) return [one.row];
    const key = formKey(one, form);
    const known = byForm.get(key);
    const twin = known ?? make(one.chosen, conditionsOf(one, form));
    byForm.set(key, twin);
    const row = { ...one.row, expectation: { ...one.row.expectation, twin: keyOf(twin) } };
    return known === undefined ? [twin, row] : [row];
  });
}

function fails({ row }: PlannedRow): boolean {
  return row.expected !== null;
}

function failingForm({ chosen: { race }, row: { plan } }: PlannedRow): Form | null {
  const form = twinOf(race, plan);
  return form !== null && (plan.sync !== 'free' || runsFree(race, form.knobs)) ? form : null;
}

/** Returns what tells rows apart, but for their names. */
function formKey({ row: { race, typed, plan } }: PlannedRow, { variant, knobs }: Form): string {
  const sorted = Object.entries(knobs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([typed, race.name, variant, sorted, plan.cpus, plan.sync, plan.memory, plan.raceUrl]);
}

function conditionsOf({ chosen: { race }, row: { plan } }: PlannedRow, { variant, knobs }: Form): Conditions {
  const sync = plan.sync as Sync;
  const special = Object.entries(knobs).filter(([name, value]) => value !== race.knobs[name].default);
  const name = [
    `twin ${variant}`,
    ...special.map(([knob, value]) => `${knob}=${value}`),
    ...(plan.cpus === race.cpus.default ? [] : [`cpus=${plan.cpus}`]),
    ...(sync === usualSync(race) ? [] : [`sync=${sync}`]),
    ...(plan.memory === 'sc' ? [] : [`memory=${plan.memory}`]),
    ...(isInstrumented(plan.raceUrl) ? ['instrumented'] : []),
  ].join(' ');
  return { name, variant, knobs, cpus: plan.cpus, sync, memory: plan.memory, weight: 1 };
}
