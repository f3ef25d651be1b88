import { roundTrials, type Plan, type Sync } from '../harness/plan.js';
import { cores, runRace, type RunOutcome } from '../harness/run.js';
import { knobsFor, type Knobs, type Race } from '../race/defineRace.js';

/** What of a race is measured. Whatever is left out is as `run` has it. */
export interface Measured {
  readonly race: Race;
  readonly url: string;
  readonly variant: string;
  readonly knobs?: Knobs;
  readonly cpus?: number;
  readonly sync?: Sync;
  readonly lockdep?: boolean;
}

/** A plan as `run` would make it, but for what is said. */
export function benchPlan(
  { race, url }: Pick<Measured, 'race' | 'url'>,
  what: Partial<Plan> & Pick<Plan, 'variant'>,
): Plan {
  const { knobs = {}, sync = 'rendezvous' } = what;
  return {
    raceUrl: url,
    race: race.name,
    cpus: race.cpus.default,
    machines: 1,
    seed: 1,
    trials: Infinity,
    stopOnFirst: false,
    recording: true,
    phases: {},
    windows: {},
    round: roundTrials(race, sync === 'lockstep' ? 'rendezvous' : sync),
    orderTurns: 0,
    hostStartMs: performance.timeOrigin,
    cores: cores(),
    ...what,
    sync,
    knobs: knobsFor(race, what.variant, knobs),
  };
}

/** Hammers for a time or for a number of trials. Throws Error if the harness fails: there is no figure then. */
export async function benchRun(measured: Measured, until: { trials: number } | { ms: number }): Promise<RunOutcome> {
  const { race, variant, knobs = {}, cpus = race.cpus.default, sync = 'rendezvous' } = measured;
  const trials = 'trials' in until ? until.trials : Infinity;
  const plan = benchPlan(measured, { variant, knobs, cpus, sync, trials });
  const outcome = await runRace(race, plan, 'ms' in until ? { durationMs: until.ms } : {});
  if (outcome.harnessError !== null) throw new Error(`${race.name}:${variant} did not run: ${outcome.harnessError}`);
  return outcome;
}
