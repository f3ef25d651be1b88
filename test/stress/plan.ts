/** Plans of short runs for tests, and the runs themselves. */
import { availableParallelism } from 'node:os';
import type { LoadedRace } from '../../lib/harness/loadRace.js';
import { roundTrials, type Plan, type Sync } from '../../lib/harness/plan.js';
import { knobsFor, type Knobs } from '../../lib/race/defineRace.js';

export interface Short {
  readonly variant: string;
  readonly knobs?: Knobs;
  readonly trials: number;
  readonly cpus?: number;
  readonly seed?: number;
  readonly stopOnFirst?: boolean;
  readonly sync?: Sync;
}

/** One machine, whose CPUs meet before each trial unless it is said otherwise. */
export function planOf({ race, url }: LoadedRace, short: Short): Plan {
  return {
    raceUrl: url,
    race: race.name,
    variant: short.variant,
    knobs: knobsFor(race, short.variant, short.knobs ?? {}),
    cpus: short.cpus ?? race.cpus.default,
    machines: 1,
    sync: short.sync ?? 'rendezvous',
    seed: short.seed ?? 1,
    trials: short.trials,
    stopOnFirst: short.stopOnFirst ?? false,
    recording: true,
    phases: {},
    windows: {},
    round: roundTrials(race, short.sync ?? 'rendezvous'),
    orderTurns: 0,
    hostStartMs: performance.timeOrigin,
    cores: availableParallelism(),
  };
}
