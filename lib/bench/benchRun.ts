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

/** Hammers for a time or for a number of trials. Throws Error if the harness fails: there is no figure then. */
export async function benchRun(measured: Measured, until: { trials: number } | { ms: number }): Promise<RunOutcome> {
  const { race, url, variant, knobs = {}, cpus = race.cpus.default, sync = 'rendezvous' } = measured;
  const { lockdep = true } = measured;
  const plan: Plan = {
    raceUrl: url,
    race: race.name,
    variant,
    knobs: knobsFor(race, variant, knobs),
    cpus,
    machines: 1,
    sync,
    seed: 1,
    trials: 'trials' in until ? until.trials : Infinity,
    stopOnFirst: false,
    recording: true,
    lockdep,
    phases: {},
    windows: {},
    round: roundTrials(sync),
    orderTurns: 0,
    hostStartMs: performance.timeOrigin,
    cores: cores(),
  };
  const outcome = await runRace(race, plan, 'ms' in until ? { durationMs: until.ms } : {});
  if (outcome.harnessError !== null) throw new Error(`${race.name}:${variant} did not run: ${outcome.harnessError}`);
  return outcome;
}
