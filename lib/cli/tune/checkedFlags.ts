/** Flags of `tune`, checked and turned into what is to be tuned. */

import { SYNC_MODES, type Plan, type Sync } from '../../harness/plan.js';
import type { Race } from '../../race/race.js';
import { RaceFault } from '../../race/raceFault.js';
import type { Point } from '../../tune/point.js';
import { pointOf } from '../../tune/pointOf.js';
import type { Shape } from '../../tune/shapes.js';
import { PARAMETERS, type Parameter } from '../../tune/space.js';
import type { TuneRequest } from '../../tune/tune.js';
import { chooseRace } from '../chooseRace.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { formatDuration } from '../../run/duration.js';
import { unknownWord } from '../../run/unknownWord.js';
import { defaultsOf } from '../options/command.js';
import { RUN } from '../run/options.js';
import type { TuneFlags } from './options.js';
import { requestsFor } from '../run/checkedFlags.js';
import { knobsUnder, runRequestOf, randomSeed, type RunRequest } from '../../run/request.js';
import { runningActors } from '../../harness/makePlan.js';
import { UsageError } from '../../run/usageError.js';

/** Threads start, code is compiled, and what is left must bear a duel. */
const BUDGET_MS_MIN = 5000;

/** One race to tune, and its run by default. */
export interface RaceToTune {
  readonly chosen: ChosenRace;
  readonly run: RunRequest;
  readonly request: Omit<TuneRequest, 'signal' | 'onStage'>;
}

/** Returns what the flags ask for, a search for each race; a variant that is not named is the buggy form. Throws UsageError. */
export async function racesToTune(targets: readonly string[], flags: TuneFlags): Promise<RaceToTune[]> {
  const { budget: budgetMs, seed = randomSeed() } = flags;
  if (budgetMs < BUDGET_MS_MIN)
    throw new UsageError(
      `--budget ${formatDuration(budgetMs)}: must be ${formatDuration(BUDGET_MS_MIN)} or more: threads must start, and the best be held against the default`,
    );
  const parameters = parameterList(flags.param);
  const chosen = await Promise.all([...new Set(targets)].map((target) => chooseRace(target, flags)));
  return chosen.map((each) => {
    const { race } = each;
    if (race.kind === 'litmus')
      throw new UsageError(`${race.name}: is a litmus race: its threads have no phases and no windows to tune`);
    const variant = each.variant ?? Object.keys(race.variants)[0];
    const { cpus, knob } = flags;
    const [run] = requestsFor({ ...each, variant }, { ...defaultsOf(RUN), cpus, knob, seed, evidence: null });
    return {
      chosen: each,
      run,
      request: {
        race,
        plan: run.plan,
        start: pointOf(run.plan),
        parameters: flags.cpus === undefined ? parameters : parameters.filter((name) => name !== 'machine'),
        syncs: syncsOf(race, run.plan),
        budgetMs,
        seed,
        planFor: (shape) => planFor(each, run, shape),
      },
    };
  });
}

function parameterList(names: readonly string[]): Parameter[] {
  for (const name of names)
    if (!PARAMETERS.some((known) => known === name)) throw unknownWord('parameter', name, PARAMETERS, 'tune');
  return PARAMETERS.filter((name) => names.length === 0 || names.includes(name));
}

/** Returns the modes that need no other knobs: with other knobs something else would be expected. */
function syncsOf(race: Race, { variant, knobs }: Plan): Sync[] {
  return SYNC_MODES.filter((sync) => {
    try {
      return JSON.stringify(knobsUnder(race, variant, sync, knobs)) === JSON.stringify(knobs);
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  });
}

/** Machines of another shape, if the same actors run there: with others it would be another race. */
function planFor(chosen: ChosenRace, run: RunRequest, { cpus, machines }: Shape): { plan: Plan; start: Point } | null {
  const { race } = chosen;
  const { plan } = run;
  const { variant, knobs, seed } = plan;
  const actors = (n: number): string | null => {
    try {
      return runningActors(race, variant, knobs, n).toSorted().join(' ');
    } catch (error) {
      // The variant cannot have so many CPUs.
      if (error instanceof RaceFault) return null;
      throw error;
    }
  };
  if (cpus < race.cpus.min || actors(cpus) !== actors(plan.cpus)) return null;
  const { sync } = pointOf(plan);
  const asked = { variant, knobs, cpus, threads: cpus * machines, sync, seed, trials: Infinity, durationMs: null };
  const { plan: there } = runRequestOf(chosen, asked);
  return { plan: there, start: pointOf(there) };
}

/** Returns the run that has the settings of a point. */
export function runOfPoint({ chosen, run }: RaceToTune, point: Point): RunRequest {
  const { variant, knobs, seed } = run.plan;
  const { cpus, machines, ...settings } = point;
  const { durationMs, trials } = { durationMs: run.durationMs, trials: Infinity };
  return runRequestOf(chosen, {
    variant,
    knobs,
    seed,
    trials,
    durationMs,
    cpus,
    threads: cpus * machines,
    ...settings,
  });
}
