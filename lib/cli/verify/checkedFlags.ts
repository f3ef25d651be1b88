/** Flags of `verify`, checked and turned into its rows. */

import { builtInRaces } from '../../harness/host/loadRace.js';
import { chooseRace } from '../chooseRace.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { usualBudgetMs, type VerifyRequest } from '../../run/options.js';
import { randomSeed } from '../../run/request.js';
import type { VerifyFlags } from './options.js';
import { withMutants } from '../../race/mutants.js';
import { nearest } from '../../race/nearest.js';
import { declaredRows, readyRow, type RowsRequest, type ReadyRow } from '../../run/rows.js';
import { readTuned, rowTunerOf } from '../tuned.js';
import { UsageError, quoted } from '../../run/usageError.js';
import { mutantRows } from '../../run/verify/verifyMutants.js';
import { counted } from '../../report/format/numbers.js';

/** Returns the request of the options, with a seed. */
export function verifyRequestOf(flags: VerifyFlags): VerifyRequest {
  const { seed = randomSeed(), row, bind, lockdep, memory, mutants, quick, failFast } = flags;
  if (quick && mutants)
    throw new UsageError('--quick with --mutants: a mutant ends with its first failure anyway; leave one of them out');
  const { budget: budgetMs = usualBudgetMs(flags) } = flags;
  const { evidence, tuned, anyHost, prove, instrument } = flags;
  const how = { bind, lockdep, memory, evidence, tuned, anyHost, prove, mutants, quick, failFast, instrument };
  return { budgetMs, seed, row, ...how };
}

/**
 * Returns the rows that were asked for: of the named races or of all that are built in; with `--row` those whose name holds one of
 * its texts. A race named with a variant stands for the rows of that variant. Throws UsageError, also if no row is left.
 */
export async function rowsFor(targets: readonly string[], request: VerifyRequest): Promise<ReadyRow[]> {
  const tuning = readTuned(request);
  const named = targets.length > 0;
  if (request.instrument === true && !named)
    throw new UsageError('--instrument: name the tests of hammer() to verify: no built-in race is one');
  const all = [...new Set(named ? targets : builtInRaces())];
  const chosen = await Promise.all(all.map((target) => chooseRace(target, request)));
  const { seed, budgetMs, lockdep, memory, bind: bindCores, evidence } = request;
  const common = {
    seed,
    budgetMs,
    lockdep,
    memory,
    bindCores,
    evidence,
    tune: rowTunerOf(tuning),
    classes: request.prove ?? false,
  };
  const rows = chosen.flatMap((race) =>
    request.mutants === true ? mutantsFor(race, named, common) : rowsOf(race, named, common),
  );
  for (const text of request.row) {
    if (!rows.some(({ row }) => isLike(row, text))) throw unknownRow(text, rows, targets);
  }
  const left =
    request.row.length === 0 ? rows : rows.filter(({ row }) => request.row.some((text) => isLike(row, text)));
  if (left.length === 0) throw new UsageError('verify: no built-in race has any');
  return left;
}

/** Returns the rows of one race. `named`: whether it was named; then it must have rows. */
function rowsOf(chosen: ChosenRace, named: boolean, request: RowsRequest): ReadyRow[] {
  const { race, typed, variant } = chosen;
  const rows = declaredRows(race, variant);
  if (named && rows.length === 0) {
    throw new UsageError(
      `race ${quoted(typed)}: has no rows to verify${variant === undefined ? '' : ` of variant ${variant}`}`,
    );
  }
  return rows.map((row) => readyRow(chosen, row, request));
}

/** Returns the mutants of one race, or of its variant, as rows. */
function mutantsFor(chosen: ChosenRace, named: boolean, request: RowsRequest): ReadyRow[] {
  const { typed, variant } = chosen;
  const rows = mutantRows(chosen.race, variant);
  if (named && rows.length === 0)
    throw new UsageError(
      `race ${quoted(typed)}: has no mutants${variant === undefined ? '' : ` of variant ${variant}`}`,
    );
  const race = withMutants(chosen.race);
  return rows.map((row) => readyRow({ ...chosen, race }, row, request));
}

function isLike(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}

function unknownRow(text: string, all: readonly ReadyRow[], targets: readonly string[]): UsageError {
  const names = [...new Set(all.map(({ row }) => row))];
  const near = nearest(text, names);
  const of = targets.length === 1 ? ` of ${targets[0]}` : '';
  // Names of rows hold commas themselves, and there may be a hundred.
  const remedy =
    near === undefined
      ? `${counted(names.length, 'row')}${of} ${names.length === 1 ? 'is' : 'are'} known, the first is ${quoted(names[0])}`
      : `did you mean ${quoted(near)}?`;
  return new UsageError(`--row ${quoted(text)}: is in no name of a row${of}: ${remedy}`);
}
