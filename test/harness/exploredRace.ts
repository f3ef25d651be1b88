/** Searches of all states of tests of JavaScript code, with the hooks of no command. Used by test/js. */

import { exploreStates, type Exploration } from '../../lib/explore/explore.js';
import type { Hammered } from '../../lib/js/index.js';
import type { ActorRace, Race } from '../../lib/race/race.js';
import { EXPLORE_LIMITS } from '../../lib/run/exploreRequest.js';

/** Searches all states of a variant. */
export async function exploreRace(race: Race | Hammered, variant = 'code'): Promise<Exploration> {
  const hooks = { signal: new AbortController().signal, pause: async () => undefined };
  const { cpus } = race;
  const explored = {
    race: race as unknown as ActorRace,
    variant,
    knobs: {},
    cpus: cpus.default,
    memory: 'sc',
  } as const;
  return exploreStates(explored, EXPLORE_LIMITS, hooks);
}
