/** Searches a race to its end, for the tests of lib/explore. */
import { ClassCount } from '../../lib/explore/classes/counted.js';
import { Confirmation } from '../../lib/explore/confirm.js';
import { learning, type Learned } from '../../lib/explore/trees/learned.js';
import { Layers } from '../../lib/explore/layers.js';
import { Model } from '../../lib/explore/states/model.js';
import { ReducedSearch } from '../../lib/explore/reduced/reduced.js';
import { Search, type FoundStates } from '../../lib/explore/search.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { ActorRace } from '../../lib/race/race.js';

export const LIMITS = { states: 1_000_000, bytes: 1e9 };

export interface Asked {
  readonly variant?: string;
  readonly knobs?: Readonly<Record<string, string>>;
  readonly cpus?: number;
  readonly memory?: MemoryModel;
  readonly accesses?: number;
  readonly interrupts?: number;
}

/** Returns the trees of a race before they have been searched. */
export function modelOf<C>(race: ActorRace<C>, asked: Asked, learned: Learned): Model {
  const { variant = Object.keys(race.variants)[0], cpus = race.cpus.default, memory = 'sc' } = asked;
  const { accesses = 1000, interrupts = 2 } = asked;
  const knobs = knobsFor(race, variant, asked.knobs ?? {});
  return new Model(
    { race: race as unknown as ActorRace, variant, knobs, cpus, memory },
    { accesses, interrupts },
    learned,
  );
}

/** Returns what is found of all states of a race. */
export function searched<C>(
  race: ActorRace<C>,
  asked: Asked = {},
): { readonly found: FoundStates; readonly model: Model; readonly classes: ClassCount } {
  return learning((learned) => {
    const model = modelOf(race, asked, learned);
    const classes = new ClassCount(model);
    const search = new Search(model, LIMITS, classes);
    while (!search.isComplete) {
      if (search.isFull) throw new Error('the test is too large');
      search.advance(10_000);
    }
    const confirmation = new Confirmation(model);
    while (!confirmation.isComplete) confirmation.advance(1_000);
    return { found: search.found, model, classes };
  });
}

/** Returns what is found of states whose orders stand for all of a race; `found` is null if none may be left out. */
export function reducedOf<C>(
  race: ActorRace<C>,
  asked: Asked = {},
): { readonly found: FoundStates | null; readonly model: Model } {
  return learning((learned) => {
    const model = modelOf(race, asked, learned);
    const search = new ReducedSearch(model, LIMITS);
    while (!search.isOver) search.advance(10_000);
    return { found: search.isComplete ? search.found : null, model };
  });
}

/** Returns the layers of a race whose states are all known, searched until each of these failures has been met. */
export function layered<C>(race: ActorRace<C>, asked: Asked, wanted: Iterable<string> | null): Layers {
  return learning((learned) => {
    const model = modelOf(race, asked, learned);
    const search = new Search(model, LIMITS);
    while (!search.isComplete) search.advance(10_000);
    const layers = new Layers(model, LIMITS, wanted, search.met);
    while (!layers.isOver) layers.advance(10_000);
    return layers;
  });
}
