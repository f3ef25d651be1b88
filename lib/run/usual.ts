/** The defaults of a run of a given shape. Called by runRequestOf(), since a repeat line names only what differs. */

import { makePlan } from '../harness/makePlan.js';
import type { Plan, Sync } from '../harness/plan.js';
import type { Knobs } from '../race/expectation.js';
import { standingWorkloadOf } from '../race/kinds.js';
import { knobsFor } from '../race/knobs.js';
import type { Race } from '../race/race.js';
import type { NamedRace } from './namedRace.js';

/** Defaults by the race, this host, and the shape of the run. */
export type Usual = Pick<
  Plan,
  'cpus' | 'sync' | 'memory' | 'bindCores' | 'knobs' | 'recording' | 'lockdep' | 'phases' | 'windows' | 'round' | 'spin'
>;

/** Returns the defaults. CPUs, meetings and binding decide the delays; knobs decide which actors there are. */
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
    memory: bare.memory,
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

/** Returns the knobs of a run that names none. Without meetings the standing workload gives defaults, which the variant's needs override. */
export function usualKnobs(race: Race, variant: string, sync: Sync): Knobs {
  const free = standingWorkloadOf(race);
  return knobsFor(
    race,
    variant,
    sync === 'free' && free !== undefined ? { ...free.knobs, ...race.variants[variant].needs } : {},
  );
}
