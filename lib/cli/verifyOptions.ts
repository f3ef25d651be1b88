/** Flags of `verify`, checked and turned into its rows. */

import { builtInRaces } from '../harness/loadRace.js';
import { expectedOutcome } from '../race/expectation.js';
import type { Race } from '../race/race.js';
import { chooseRace, type ChosenRace } from './chooseRace.js';
import { parseDuration } from '../run/duration.js';
import { nearest } from '../race/nearest.js';
import { knobsUnder, orderOf, seedOf, type RunOrder } from '../run/request.js';
import { usualSync } from '../harness/makePlan.js';
import { twinFor, type Twin } from '../run/twin.js';
import { OF_A_ROW, readTuned, tunerOf, type TunedFlags, type Tuning } from './tuned.js';
import { UsageError, quoted } from '../run/usageError.js';

/** The flags as they were typed. */
export interface VerifyFlags extends TunedFlags {
  readonly budget?: string;
  readonly seed?: string;
  readonly row: readonly string[];
  /** False with --no-bind. */
  readonly bind?: boolean;
  /** False with --no-lockdep. */
  readonly lockdep?: boolean;
  /** Folder of the evidence; false with --no-evidence. */
  readonly evidence?: string | false;
  readonly json?: boolean;
  readonly junit?: string;
}

/** One row of a race, ready to run. */
export interface VerifyOrder {
  /** Whether it has settings that `tune` has found. */
  readonly tuned: boolean;
  readonly race: Race;
  /** Address of the race's module. */
  readonly url: string;
  readonly row: string;
  readonly order: RunOrder;
  /** Of a row that should hold: what fails under the same conditions. Null if nothing does, or the row should fail itself. */
  readonly twin: Twin | null;
}

const DEFAULT_BUDGET_MS = 2000;

/**
 * The rows that were asked for: of the named races or of all that are built in; with `--row` those whose name holds one of
 * its texts. A race named with a variant stands for the rows of that variant. Throws UsageError, also if no row is left.
 */
export async function rowsFor(targets: readonly string[], flags: VerifyFlags): Promise<VerifyOrder[]> {
  const budgetMs = flags.budget === undefined ? DEFAULT_BUDGET_MS : parseDuration(flags.budget, '--budget');
  const seed = seedOf(flags.seed);
  const tuning = readTuned(flags);
  const named = targets.length > 0;
  const chosen = await Promise.all([...new Set(named ? targets : builtInRaces())].map((target) => chooseRace(target)));
  const { lockdep = true, bind: bindCores = true, evidence } = flags;
  const keep = typeof evidence === 'string' ? 1 : 0;
  const conditions = { named, seed, budgetMs, lockdep, bindCores, keep, tuning };
  const all = chosen.flatMap((race) => rowsOf(race, conditions));
  for (const text of flags.row) {
    if (!all.some(({ row }) => isLike(row, text))) throw unknownRow(text, all, targets);
  }
  const left = flags.row.length === 0 ? all : all.filter(({ row }) => flags.row.some((text) => isLike(row, text)));
  if (left.length === 0) throw new UsageError('verify: no built-in race has rows');
  return left;
}

interface Conditions {
  /** Whether the race was named: then it must have rows. */
  readonly named: boolean;
  readonly seed: number;
  readonly budgetMs: number;
  readonly lockdep: boolean;
  readonly bindCores: boolean;
  /** Failures of each signature to keep. */
  readonly keep: number;
  readonly tuning: Tuning | null;
}

function rowsOf(chosen: ChosenRace, conditions: Conditions): VerifyOrder[] {
  const { named, seed, budgetMs, lockdep, bindCores, keep, tuning } = conditions;
  const { race, url, typed, variant: only } = chosen;
  const rows = race.rows.filter(({ variant }) => only === undefined || variant === only);
  if (named && rows.length === 0) {
    throw new UsageError(
      `race ${quoted(typed)}: has no rows to verify${only === undefined ? '' : ` of variant ${only}`}`,
    );
  }
  return rows.map(({ name, variant, knobs = {}, cpus = race.cpus.default, sync = usualSync(race) }) => {
    let tuned = false;
    const tune = tunerOf(tuning, chosen, (_, found) => (tuned = found));
    const asked = {
      variant,
      knobs: knobsUnder(race, variant, sync, knobs),
      cpus,
      threads: cpus,
      sync,
      seed,
      trials: Infinity,
      durationMs: budgetMs,
      lockdep,
      bindCores,
      keep,
    };
    const order = orderOf(chosen, tune(asked, OF_A_ROW));
    const holds = expectedOutcome(race, variant, asked.knobs) === null;
    return { race, url, row: name, tuned, order, twin: holds ? twinFor(chosen, order, budgetMs) : null };
  });
}

function isLike(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}

function unknownRow(text: string, all: readonly VerifyOrder[], targets: readonly string[]): UsageError {
  const names = [...new Set(all.map(({ row }) => row))];
  const near = nearest(text, names);
  const of = targets.length === 1 ? ` of ${targets[0]}` : '';
  // Names of rows hold commas themselves, and there may be a hundred.
  const remedy =
    near === undefined
      ? `${names.length} rows${of} are known, the first is ${quoted(names[0])}`
      : `did you mean ${quoted(near)}?`;
  return new UsageError(`--row ${quoted(text)}: is in no name of a row${of}: ${remedy}`);
}
