/** Flags of `verify`, checked and turned into its rows. */

import { seedFrom } from './numbers.js';
import { builtInRaces } from '../harness/host/loadRace.js';
import { chooseRace, type ChosenRace } from './chooseRace.js';
import { parseDuration } from '../run/duration.js';
import { nearest } from '../race/nearest.js';
import { declaredRows, verifyOrderOf, type RowsRequest, type VerifyOrder } from '../run/rows.js';
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

const DEFAULT_BUDGET_MS = 2000;

/**
 * The rows that were asked for: of the named races or of all that are built in; with `--row` those whose name holds one of
 * its texts. A race named with a variant stands for the rows of that variant. Throws UsageError, also if no row is left.
 */
export async function rowsFor(targets: readonly string[], flags: VerifyFlags): Promise<VerifyOrder[]> {
  const budgetMs = flags.budget === undefined ? DEFAULT_BUDGET_MS : parseDuration(flags.budget, '--budget');
  const seed = seedFrom(flags.seed);
  const tuning = readTuned(flags);
  const named = targets.length > 0;
  const chosen = await Promise.all([...new Set(named ? targets : builtInRaces())].map((target) => chooseRace(target)));
  const { lockdep = true, bind: bindCores = true, evidence } = flags;
  const keep = typeof evidence === 'string' ? 1 : 0;
  const request = { seed, budgetMs, lockdep, bindCores, keep, tune: tuneRow(tuning) };
  const all = chosen.flatMap((race) => rowsOf(race, named, request));
  for (const text of flags.row) {
    if (!all.some(({ row }) => isLike(row, text))) throw unknownRow(text, all, targets);
  }
  const left = flags.row.length === 0 ? all : all.filter(({ row }) => flags.row.some((text) => isLike(row, text)));
  if (left.length === 0) throw new UsageError('verify: no built-in race has rows');
  return left;
}

/** The rows of one race. `named`: whether it was named; then it must have rows. */
function rowsOf(chosen: ChosenRace, named: boolean, request: RowsRequest): VerifyOrder[] {
  const { race, typed, variant } = chosen;
  const rows = declaredRows(race, variant);
  if (named && rows.length === 0) {
    throw new UsageError(
      `race ${quoted(typed)}: has no rows to verify${variant === undefined ? '' : ` of variant ${variant}`}`,
    );
  }
  return rows.map((row) => verifyOrderOf(chosen, row, request));
}

/** Settings of the tuning for a row, where it has any. */
function tuneRow(tuning: Tuning | null): NonNullable<RowsRequest['tune']> {
  return (race, asked) => {
    let tuned = false;
    const tune = tunerOf(tuning, race, (_, found) => (tuned = found));
    return { asked: tune(asked, OF_A_ROW), tuned };
  };
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
