/** The rows of a soak: entries of a campaign, or races from the command line, checked against what the races declare. */

import { resolve } from 'node:path';
import { builtInRaces } from '../harness/host/loadRace.js';
import type { Sync } from '../harness/plan.js';
import { isRaceFile } from '../harness/host/raceFiles.js';
import type { RaceSource } from '../harness/host/sourceFiles.js';
import { isInstrumented } from '../instrument/marked.js';
import { placesOf } from '../race/tasks.js';
import type { MemoryModel } from '../race/settings.js';
import { expectedOf, type Knobs } from '../race/expectation.js';
import { ROWS_MAX, type CampaignEntry, type Path } from '../soak/campaignFile.js';
import type { RowTotals } from '../report/soak/document.js';
import { keyOf, type SoakRow } from '../soak/row.js';
import type { ChosenRace } from '../run/namedRace.js';
import { unknownWord } from '../run/unknownWord.js';
import { repeatCommand } from '../run/repeat.js';
import { declaredRows, type TuneRow } from '../run/rows.js';
import { knobsUnder, runRequestOf } from '../run/request.js';
import { usualSync } from '../harness/makePlan.js';
import { cpusFault, memoryFault, roomHere, threadsFault } from '../run/shape.js';
import type { SoakRace, SoakRaces } from './races.js';
import { withTwins, type Conditions, type PlannedRow } from './twins.js';
import { UsageError } from '../run/usageError.js';

/** Makes the error that names the place of a mistake. */
export type Blame = (path: Path, error: UsageError) => Error;

/** Returns every row of every built-in race that has rows. */
export async function everything(races: SoakRaces): Promise<CampaignEntry[]> {
  const all = await Promise.all(builtInRaces().map((race) => races.choose(race)));
  return all.filter(({ race }) => race.rows.length > 0).map(({ typed }) => ({ race: typed }));
}

/** Returns the rows of the entries, in their order; what two entries ask for alike is one row. */
export async function rowsOfEntries(
  entries: readonly CampaignEntry[],
  blame: Blame,
  tune: TuneRow | null,
  races: SoakRaces,
): Promise<SoakRow[]> {
  const rows = new Map<string, PlannedRow>();
  for (const [i, entry] of entries.entries()) {
    const at = async <T>(path: Path, work: () => T | Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw error instanceof UsageError ? blame(['rows', i, ...path], error) : error;
      }
    };
    const chosen = await at(['race'], () => races.choose(entry.race, entry.instrument));
    const conditions = await at(entry.variant === undefined ? ['row'] : ['variant'], () => conditionsOf(chosen, entry));
    for (const each of conditions) {
      await at(['knobs'], () => requireKnobs(chosen, each));
      await at(['cpus'], () => requireCpus(chosen, each));
      await at(['memory'], () => requireMemory(chosen, each));
      const row = await at(entry.sync === undefined ? ['knobs'] : ['sync'], () => rowOf(chosen, each, tune));
      const key = keyOf(row);
      if (!rows.has(key)) rows.set(key, { chosen, row });
      await at([], () => requireCount(rows.size));
    }
  }
  const all = withTwins([...rows.values()], (chosen, conditions) => rowOf(chosen, conditions, tune));
  return all.map((row) => atRevision(row, races));
}

/** Returns the row with the git commit of its race. A slice, which rowUnder() plans, does without: finding it takes a process. */
function atRevision(row: SoakRow, races: SoakRaces): SoakRow {
  return { ...row, revision: races.revisionOf(row.plan.raceUrl) };
}

/** Returns the rows that a store knows, as they were when it was begun, with the code of their races as it is now. */
export async function rowsOfStore(
  totals: readonly RowTotals[],
  tune: TuneRow | null,
  races: SoakRaces,
): Promise<SoakRow[]> {
  // Other code under the same conditions was another row.
  const latest = new Map(totals.map((row) => [row.key, row]));
  const rows = await Promise.all(
    [...latest.values()].map(async ({ typed, variant, knobs, sync, memory, instrumented = false, ...row }) => {
      const chosen = await races.choose(`${typed}:${variant}`, instrumented);
      const conditions = {
        ...row,
        variant,
        knobs: JSON.parse(knobs) as Knobs,
        sync: sync as Sync,
        memory: memory as MemoryModel,
      };
      return { chosen, row: rowAgain(chosen, conditions, tune) };
    }),
  );
  const all = withTwins(rows, (chosen, conditions) => rowOf(chosen, conditions, tune));
  return all.map((row) => atRevision(row, races));
}

/** Returns a row under the same conditions from the code that its race has now. Throws UsageError where that has not what the row needs. */
export async function rowRenewed(
  { name, typed, plan, weight, expectation: { twin } }: SoakRow,
  source: RaceSource,
  tune: TuneRow | null,
  races: SoakRaces,
): Promise<SoakRow> {
  const { variant, knobs, cpus, sync, memory, raceUrl } = plan;
  const chosen = await races.reload(`${typed}:${variant}`, source, isInstrumented(raceUrl));
  const row = rowAgain(chosen, { name, variant, knobs, cpus, sync: sync as Sync, memory, weight }, tune);
  return { ...atRevision(row, races), expectation: { ...row.expectation, twin } };
}

/** Makes a row that another process has named, by its race as this host names it. Throws UsageError where that has not what the row needs. */
export async function rowUnder(
  typed: string,
  conditions: Omit<Conditions, 'weight'>,
  races: SoakRaces,
  tune: TuneRow | null = null,
): Promise<SoakRow> {
  const { name, variant, knobs, cpus, sync, memory = 'sc' } = conditions;
  const chosen = await races.choose(`${typed}:${variant}`);
  return rowAgain(chosen, { name, variant, knobs, cpus, sync, memory, weight: 1 }, tune);
}

/** Makes a row of a store again. The race may be another one by now. */
function rowAgain(chosen: SoakRace, conditions: Conditions, tune: TuneRow | null): SoakRow {
  requireKnobs(chosen, conditions);
  requireCpus(chosen, conditions);
  requireMemory(chosen, conditions);
  return rowOf(chosen, conditions, tune);
}

function requireCount(rows: number): void {
  if (rows > ROWS_MAX) throw new UsageError(`${rows} rows: a campaign has at most ${ROWS_MAX}`);
}

function conditionsOf(chosen: ChosenRace, entry: CampaignEntry): Conditions[] {
  const { race } = chosen;
  const detailed = entry.knobs !== undefined || entry.cpus !== undefined;
  const variant = entry.variant ?? (detailed ? chosen.variant : undefined);
  const weight = entry.weight ?? 1;
  if (variant !== undefined) {
    const variants = Object.keys(race.variants);
    if (!variants.includes(variant)) throw unknownWord('variant', variant, variants, race.name);
    if (entry.row !== undefined) throw new UsageError('row and variant: give only one');
    return combinations(chosen, entry, variant);
  }
  if (detailed) throw new UsageError('knobs and cpus: a variant is needed beside them');
  const holds = (name: string): boolean => name.toLowerCase().includes((entry.row ?? '').toLowerCase());
  const mine = declaredRows(race, chosen.variant);
  const rows = mine.filter(({ name }) => holds(name));
  if (rows.length === 0) {
    if (chosen.variant !== undefined && entry.row === undefined) return combinations(chosen, entry, chosen.variant);
    const names = mine.map(({ name }) => name);
    throw entry.row === undefined
      ? new UsageError(`${race.name} has no rows to verify; name a variant`)
      : unknownWord('row', entry.row, names, race.name);
  }
  return rows.map((row) => ({
    ...row,
    name: [
      row.name,
      ...(entry.sync === undefined || entry.sync === row.sync ? [] : [`sync=${entry.sync}`]),
      ...(entry.memory === undefined || entry.memory === row.memory ? [] : [`memory=${entry.memory}`]),
      ...(entry.instrument === true ? ['instrumented'] : []),
    ].join(', '),
    sync: entry.sync ?? row.sync,
    memory: entry.memory ?? row.memory ?? 'sc',
    weight,
  }));
}

/** Returns one row for each combination of knob values and numbers of CPUs. */
function combinations({ race }: ChosenRace, entry: CampaignEntry, variant: string): Conditions[] {
  const counts = [entry.cpus ?? race.cpus.default].flat();
  // Before they are made: a few lists of some length have millions.
  requireCount(Object.values(entry.knobs ?? {}).reduce((n, values) => n * [values].flat().length, counts.length));
  const asked = Object.entries(entry.knobs ?? {}).reduce<Knobs[]>(
    (all, [knob, values]) => all.flatMap((knobs) => [values].flat().map((value) => ({ ...knobs, [knob]: value }))),
    [{}],
  );
  return asked.flatMap((knobs) =>
    counts.map((cpus) => ({
      name: [
        variant,
        ...Object.entries(knobs).map(([k, v]) => `${k}=${v}`),
        ...(entry.cpus === undefined ? [] : [`cpus=${cpus}`]),
        ...(entry.sync === undefined ? [] : [`sync=${entry.sync}`]),
        ...(entry.memory === undefined ? [] : [`memory=${entry.memory}`]),
        ...(entry.instrument === true ? ['instrumented'] : []),
      ].join(' '),
      variant,
      knobs,
      cpus,
      sync: entry.sync ?? usualSync(race),
      memory: entry.memory ?? 'sc',
      weight: entry.weight ?? 1,
    })),
  );
}

function requireKnobs({ race }: ChosenRace, { knobs }: Conditions): void {
  for (const [knob, value] of Object.entries(knobs)) {
    const known = Object.hasOwn(race.knobs, knob) ? race.knobs[knob] : undefined;
    if (known === undefined) throw unknownWord('knob', knob, Object.keys(race.knobs), race.name);
    if (!known.values.includes(value)) throw unknownWord('value', value, known.values, `knob ${knob} of ${race.name}`);
  }
}

function requireCpus({ race }: ChosenRace, { cpus }: Conditions): void {
  const wrong = cpusFault(race, cpus) ?? threadsFault(cpus, cpus, roomHere(), placesOf(race, cpus));
  if (wrong !== null) throw new UsageError(`cpus ${cpus}: ${wrong}`);
}

function requireMemory({ race }: ChosenRace, { memory = 'sc' }: Conditions): void {
  const wrong = memoryFault(race, memory);
  if (wrong !== null) throw new UsageError(`memory ${memory}: ${wrong}`);
}

function rowOf(
  chosen: SoakRace,
  { name, variant, knobs, cpus, sync, memory = 'sc', weight }: Conditions,
  tune: TuneRow | null,
): SoakRow {
  const { race } = chosen;
  const full = knobsUnder(race, variant, sync, knobs);
  const asked = {
    variant,
    knobs: full,
    cpus,
    threads: cpus,
    sync,
    memory,
    seed: 0,
    trials: Infinity,
    durationMs: 60_000,
  };
  const { asked: settled, tuned } = tune?.(chosen, asked) ?? { asked, tuned: false };
  const request = runRequestOf(chosen, settled);
  const { fails, alsoFails, minority } = expectedOf(race, variant, full, memory);
  return {
    name,
    race,
    // A soak may be resumed from another folder.
    typed: isRaceFile(chosen.typed) ? resolve(chosen.typed) : chosen.typed,
    plan: request.plan,
    source: chosen.source,
    revision: null,
    tuned,
    weight,
    expected: fails,
    expectation: { alsoFails, minority, twin: null, failsAtLeast: race.failsAtLeast ?? null },
    repeat: repeatCommand(request, { seed: false }),
  };
}
