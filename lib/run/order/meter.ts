/** Explores what a run is about to hammer, to count the classes of orders that it meets. Called by runs.ts. */

import { exploreStates, type ExploreHooks } from '../../explore/explore.js';
import { ExploreRefusal } from '../../explore/trees/refusal.js';
import type { Plan } from '../../harness/plan.js';
import { requireActors } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import type { ClassFigures } from '../../report/run/document.js';
import { ClassMeter, classesObstacle, noClasses } from '../classes.js';
import { ON_HOST } from '../explore.js';
import { samplingObstacle } from '../samplingObstacle.js';
import { BESIDE_LIMITS } from '../exploreRequest.js';

/** Returns what counts the classes of a run; figures with the reason where nothing can. */
export async function meterFor(
  race: Race,
  plan: Plan,
  hooks: Pick<ExploreHooks, 'signal' | 'onProgress'>,
): Promise<ClassMeter | ClassFigures> {
  const obstacle = samplingObstacle(race, plan);
  if (obstacle !== null) return noClasses(obstacle);
  const { variant, knobs, cpus, memory } = plan;
  const actors = requireActors(race);
  try {
    const exploration = await exploreStates(
      { race: actors, variant, knobs, cpus, memory },
      BESIDE_LIMITS,
      { ...hooks, ...ON_HOST },
      'classes',
    );
    const why = classesObstacle(exploration);
    return why === null ? new ClassMeter(actors, exploration.classes.data(), exploration) : noClasses(why);
  } catch (error) {
    if (!(error instanceof ExploreRefusal)) throw error;
    return noClasses(error.message);
  }
}
