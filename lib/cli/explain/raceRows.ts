/** The rows of `verify` as `list --json` and `explain` show them: what each is hammered under, expected to do, and judged against. */

import type { MemoryModel } from '../../race/settings.js';
import { usualSync } from '../../harness/makePlan.js';
import type { Sync } from '../../harness/plan.js';
import { expectedOf, twinOf, type Knobs } from '../../race/expectation.js';
import type { Race } from '../../race/race.js';
import { formWords, expectationWords } from './expectedWords.js';
import { knobsUnder } from '../../run/request.js';
import { counted } from '../../report/format/numbers.js';

export interface RowEntry {
  readonly row: string;
  readonly variant: string;
  /** Those that the row names; the others are the variant's. */
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly sync: Sync;
  /** Where the row says so. */
  readonly memory?: MemoryModel;
  /** The signature that it fails with; absent if it holds. */
  readonly fails?: string;
  /** What else it may fail with; absent if nothing. */
  readonly alsoFails?: readonly string[];
  /** Why `fails` may be fewer than half of the failures; absent if it may not. */
  readonly minority?: string;
  /** Of a row that holds: what fails instead, with the knobs that differ from the row's; absent if nothing does. */
  readonly twin?: { readonly variant: string; readonly knobs: Knobs };
}

export function rowEntries(race: Race): RowEntry[] {
  return race.rows.map(({ name, variant, knobs = {}, cpus = race.cpus.default, sync = usualSync(race), memory }) => {
    const all = knobsUnder(race, variant, sync, knobs);
    const { fails, alsoFails, minority } = expectedOf(race, variant, all, memory);
    const twin =
      fails === null ? twinOf(race, { variant, knobs: all, ...(memory === undefined ? {} : { memory }) }) : null;
    return {
      row: name,
      variant,
      knobs,
      cpus,
      sync,
      ...(memory === undefined ? {} : { memory }),
      ...(fails === null ? {} : { fails }),
      ...(alsoFails.length === 0 ? {} : { alsoFails }),
      ...(minority === null ? {} : { minority }),
      ...(twin === null ? {} : { twin: { variant: twin.variant, knobs: differing(twin.knobs, all) } }),
    };
  });
}

function differing(knobs: Knobs, from: Knobs): Knobs {
  return Object.fromEntries(Object.entries(knobs).filter(([knob, value]) => from[knob] !== value));
}

/** Returns "pte-lock path=fork, 4 CPUs" and "holds; twin: buggy". */
export function rowLines(race: Race, { variant, knobs, cpus, sync, twin, ...expected }: RowEntry): string[] {
  const conditions = [
    formWords(knobs, variant),
    ...(cpus === race.cpus.default ? [] : [counted(cpus, 'CPU')]),
    ...(sync === usualSync(race) ? [] : [`sync ${sync}`]),
  ];
  const against = twin === undefined ? '' : `; twin: ${formWords(twin.knobs, twin.variant)}`;
  return [conditions.join(', '), `${expectationWords(expected)}${against}`];
}
