/** What a run has if it is asked for nothing but its shape. Called by orderOf(): a command that repeats a run says only what differs. */

import { makePlan } from '../harness/makePlan.js';
import type { Plan, Sync } from '../harness/plan.js';
import type { Knobs } from '../race/expectation.js';
import { knobsFor } from '../race/knobs.js';
import type { Race } from '../race/race.js';
import type { NamedRace } from './namedRace.js';

/** Defaults by the race, this host, and what of the run decides them. */
export type Usual = Pick<
  Plan,
  'cpus' | 'sync' | 'bindCores' | 'knobs' | 'recording' | 'lockdep' | 'phases' | 'windows' | 'round' | 'spin'
>;

/** CPUs, meetings and binding decide the delays; knobs decide which actors there are. */
export function usualFor(chosen: NamedRace, plan: Plan): Usual {
  const { variant, knobs, cpus, machines, sync, bindCores } = plan;
  const bare = makePlan(chosen, { variant });
  const { recording, lockdep, phases, windows, round, spin } = makePlan(chosen, {
    variant,
    knobs,
    cpus,
    machines,
    sync,
    bindCores,
  });
  return {
    cpus: bare.cpus,
    sync: bare.sync,
    bindCores: bare.bindCores,
    knobs: sync === 'lockstep' ? bare.knobs : usualKnobs(chosen.race, variant, sync),
    recording,
    lockdep,
    phases,
    windows,
    round,
    spin,
  };
}

/** The knobs of a run that names none. Without meetings the race's standing workload gives defaults, below what the variant needs. */
export function usualKnobs(race: Race, variant: string, sync: Sync): Knobs {
  const { free, variants } = race;
  return knobsFor(
    race,
    variant,
    sync === 'free' && free !== undefined ? { ...free.knobs, ...variants[variant].needs } : {},
  );
}
