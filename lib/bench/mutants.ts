/** Part `mutants` of the bench. Called by bench.ts; single rows by tests. */

import { isEnoughToDecide, type KnownRate } from '../statistics/power.js';
import { judge, type Verdict } from '../statistics/verdict.js';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { makePlan } from '../harness/makePlan.js';
import type { Sync } from '../harness/plan.js';
import { runRace } from '../harness/host/run.js';
import { twinOf } from '../race/expectation.js';
import type { PowerFigures, RunDocument } from '../report/run/document.js';
import { runRacehammer } from './command.js';
import { figure, type BenchOptions, type Figure } from './figure.js';

/** A row that held, as `verify --json` shows it. */
type Held = Pick<
  RunDocument,
  'race' | 'variant' | 'knobs' | 'cpus' | 'sync' | 'seed' | 'seconds' | 'phases' | 'windows'
> & {
  readonly row: string;
  readonly verdict: Verdict;
  readonly power: PowerFigures | null;
};

const HOLDS = { fails: null, alsoFails: [], minority: null } as const;

/**
 * Runs every row of `verify` that held with its fix undone: the buggy twin under the same knobs, CPUs, meetings and delays, for the
 * same time, judged by the same rate. None may be HELD: each fails, or has too few trials to decide. A row whose twin is expected to
 * hold as well has no mutant, and is named.
 */
export async function measureMutants(options: BenchOptions): Promise<Figure[]> {
  options.onPart('verify, for the rows to mutate');
  const { rows } = JSON.parse((await runRacehammer(['verify', '--json', '--no-evidence'])).output) as { rows: Held[] };
  const held = rows.filter(({ verdict }) => verdict === 'HELD');
  const counts = { VIOLATED: 0, INCONCLUSIVE: 0, HELD: 0, none: 0 };
  for (const [i, row] of held.entries()) {
    const name = `${row.race}, ${row.row}`;
    const verdict = await verdictOnMutant(row);
    if (verdict === null) {
      counts.none++;
      options.onPart(`${name}: no mutant: its twin is expected to hold under these knobs`);
    } else {
      counts[verdict]++;
      options.onPart(`mutant ${i + 1} of ${held.length}: ${name}: ${verdict}`);
    }
  }
  return [
    figure('mutants.rows_held', 'rows', [held.length]),
    figure('mutants.violated', 'rows', [counts.VIOLATED]),
    figure('mutants.inconclusive', 'rows', [counts.INCONCLUSIVE]),
    figure('mutants.held', 'rows', [counts.HELD], '= 0'),
    figure('mutants.without_mutant', 'rows', [counts.none]),
  ];
}

/** Returns the verdict on a row with its fix undone; null if it has no mutant. Throws Error if the harness fails. */
export async function verdictOnMutant(row: Held): Promise<'VIOLATED' | 'INCONCLUSIVE' | 'HELD' | null> {
  const loaded = await loadRace(raceUrl(row.race)!);
  const form = twinOf(loaded.race, row);
  if (form === null) return null;
  const { cpus, seed, phases, windows, seconds } = row;
  const plan = makePlan(loaded, { ...form, cpus, sync: row.sync as Sync, seed: (seed + 1) >>> 0, phases, windows });
  const known: KnownRate | null = row.power;
  const stop = new AbortController();
  const outcome = await runRace(loaded.race, plan, {
    durationMs: seconds * 1000,
    signal: stop.signal,
    // One failure decides. So do the trials that decided for the row; then the mutant is HELD, which is the fault to find.
    onProgress: ({ failures, trials }) => {
      if (failures > 0 || (known !== null && isEnoughToDecide(known, trials))) stop.abort();
    },
  });
  if (outcome.harnessError !== null) throw new Error(`mutant of ${row.race}, ${row.row}: ${outcome.harnessError}`);
  const trials = Math.max(outcome.trials, outcome.failures);
  if (trials === 0) return 'INCONCLUSIVE';
  return judge(HOLDS, { ...outcome, trials }, { known, claim: null }) as 'VIOLATED' | 'INCONCLUSIVE' | 'HELD';
}
