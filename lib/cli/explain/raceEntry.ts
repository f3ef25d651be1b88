/** A race as `list --json` and `explain --json` show it. */

import { expectedOutcome, type Expectation, type Knobs } from '../../race/expectation.js';
import { knobsFor } from '../../race/knobs.js';
import { partsOf } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import { rowEntries, type RowEntry } from './raceRows.js';

export interface VariantEntry {
  readonly name: string;
  readonly about: string;
  /** Under the variant's own defaults; `outcome` is the signature it then fails with. */
  readonly expected: 'fail' | 'hold';
  readonly outcome?: string;
  readonly source: string;
  readonly needs?: Knobs;
  /** Under all knobs: the first one that matches counts. */
  readonly expects: readonly Expectation[];
}

export interface RaceEntry {
  readonly race: string;
  readonly question: string;
  readonly group: string | null;
  readonly year: string | null;
  readonly mail: string;
  readonly commits: readonly string[];
  readonly actors: readonly string[];
  readonly variants: readonly VariantEntry[];
  readonly merged: string;
  readonly knobs: readonly {
    readonly name: string;
    readonly values: readonly string[];
    readonly default: string;
    readonly about: string;
  }[];
  /** Those of `verify`. */
  readonly rows: readonly RowEntry[];
  readonly windows: readonly string[];
  readonly signatures: Readonly<Record<string, string>>;
}

export function raceEntry(race: Race): RaceEntry {
  const { actors, windows } = partsOf(race);
  return {
    race: race.name,
    question: race.question,
    group: race.group ?? null,
    year: race.year ?? null,
    mail: race.mail,
    commits: race.commits,
    actors,
    variants: Object.keys(race.variants).map((name) => variantEntry(race, name)),
    merged: race.merged,
    knobs: Object.entries(race.knobs).map(([name, knob]) => ({
      name,
      values: knob.values,
      default: knob.default,
      about: knob.about,
    })),
    rows: rowEntries(race),
    windows,
    signatures: race.signatures,
  };
}

function variantEntry(race: Race, name: string): VariantEntry {
  const { about, source, needs, expects } = race.variants[name];
  const outcome = expectedOutcome(race, name, knobsFor(race, name, {}));
  return {
    name,
    about,
    ...(outcome === null ? { expected: 'hold' } : { expected: 'fail', outcome }),
    source,
    ...(needs === undefined ? {} : { needs }),
    expects,
  };
}
