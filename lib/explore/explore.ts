/**
 * Explores all that a trial can do: every state that the actors can reach from the first one, whatever the order of their accesses.
 * Called by lib/run/explore.ts.
 */

import { ClassCount } from './classes/counted.js';
import { Confirmation } from './confirm.js';
import { ExploreRefusal } from './trees/refusal.js';
import { LEARNED, Learned } from './trees/learned.js';
import { Layers, type LayersLimits, type Witness } from './layers.js';
import { limitReached, withFailuresOf, type ExploredSoFar, type MadeSearch, type SearchEnd } from './made.js';
import { Model } from './states/model.js';
import { unmarkedLoops } from './trees/cutLoops.js';
import type { InCode } from './trees/boot.js';
import { reductionObstacle } from './reduced/futures.js';
import { ReducedSearch } from './reduced/reduced.js';
import { Search, type FoundStates } from './search.js';
import type { ExploredVariant } from './trees/boot.js';

export type { ExploredVariant } from './trees/boot.js';
export type { FoundStates } from './search.js';
export type { Witness } from './layers.js';
export type { ExploredSoFar } from './made.js';

/** What ends an exploration. */
export interface ExploreLimits extends LayersLimits {
  /** Accesses of one actor; and interrupts of one line on one CPU that timers raise, storms as well. */
  readonly accesses: number;
  readonly interrupts: number;
}

/** What is known when it ends. */
export interface Exploration {
  /** PROVED: no order fails or hangs. FAILS: at least one does. BOUNDED: none was found, and not all were looked at. */
  readonly verdict: 'PROVED' | 'FAILS' | 'BOUNDED';
  /** What all states have, where they were met; otherwise what the last search has met, and the failures of all of them. */
  readonly found: FoundStates;
  /** The searches, one behind the other. */
  readonly searches: readonly MadeSearch[];
  /** Whether every state was met whose orders are not cut; where it is reduced, one order that stands for each. */
  readonly complete: boolean;
  /** Whether there were too many states, and orders were left out that only exchange steps which have nothing to do with each other. */
  readonly reduced: boolean;
  /** Preemptions up to which every order was looked at, where not every state was met; -1 for none. Null where every one was. */
  readonly preemptions: number | null;
  /** The shortest order of each failure, as far as one was found. */
  readonly witnesses: readonly Witness[];
  readonly interrupted: boolean;
  /** Loops of the race that say nothing of themselves, and in which actors were followed no further. */
  readonly cutLoops: readonly string[];
  readonly model: Model;
  /** The classes of orders, as far as they were met. */
  readonly classes: ClassCount;
}

/** What the caller sees and controls. */
export interface ExploreHooks {
  readonly signal: AbortSignal;
  /** Called some times a second. */
  readonly onProgress?: (soFar: ExploredSoFar) => void;
  /** Leaves the thread to others for a moment. */
  readonly pause: () => Promise<void>;
  readonly inCode?: InCode;
}

/** What is looked at in one go: about a millisecond. */
const STATES_AT_ONCE = 500;
const WAYS_AT_ONCE = 20;
/** Times the limit that there may be more states for a search of those that stand for all: it begins where there are more, and is not tried beyond. */
const REDUCED_FROM = 2;
const MANY = 1 / 4;
const REDUCED_TO = 10;
/** Milliseconds between two pauses. */
const PAUSE_EVERY_MS = 20;

/** Says when the number of states is estimated: after a second, and each time that it has taken twice as long. */
class Estimates {
  readonly #startMs = performance.now();
  #nextMs = 1000;
  #wasLate = false;

  /** A search that has met many states has one by itself, once; one that is ending only if it takes longer than it seems. */
  isDue({ isLate, isEnding }: Search): boolean {
    const isFirstLate = isLate && !isEnding && !this.#wasLate;
    this.#wasLate ||= isFirstLate;
    if (performance.now() - this.#startMs < (isEnding ? 2 : 1) * this.#nextMs) return isFirstLate;
    this.#nextMs *= 2;
    return true;
  }
}

/** Tells how far an exploration has come, and leaves the thread to others now and then. */
class Pace {
  readonly #hooks: ExploreHooks;
  #pausedMs = performance.now();
  #startMs = performance.now();
  #what: ExploredSoFar['what'] = 'states';

  constructor(hooks: ExploreHooks) {
    this.#hooks = hooks;
  }

  get isOver(): boolean {
    return this.#hooks.signal.aborted;
  }

  /** Begins with another part. */
  begin(what: ExploredSoFar['what']): void {
    this.#what = what;
    this.#startMs = performance.now();
  }

  /** Seconds since the part has begun. */
  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  /** `soFar` is made only where it is shown. */
  async step(soFar: () => Pick<ExploredSoFar, 'found' | 'estimate' | 'preemptions'>): Promise<void> {
    if (performance.now() - this.#pausedMs < PAUSE_EVERY_MS) return;
    this.#hooks.onProgress?.({ ...soFar(), what: this.#what, seconds: this.seconds });
    await this.#hooks.pause();
    this.#pausedMs = performance.now();
  }
}

/**
 * Explores a variant. The thread is left to others between two parts of it. Throws ExploreRefusal for a race of which it could not say
 * what is true. `wanted`: the shortest orders of failures, or only the classes, which need every state and no order.
 */
export async function exploreStates(
  given: Omit<ExploredVariant, 'own'>,
  limits: ExploreLimits,
  hooks: ExploreHooks,
  wanted: 'orders' | 'classes' = 'orders',
): Promise<Exploration> {
  const { race, variant, cpus } = given;
  const own = (await race.own?.explore(variant, cpus)) ?? null;
  if (typeof own === 'string') throw new ExploreRefusal(`race ${race.name}: ${own}`);
  try {
    return await exploreOwn({ ...given, own }, limits, hooks, wanted);
  } finally {
    own?.leave();
  }
}

async function exploreOwn(
  explored: ExploredVariant,
  limits: ExploreLimits,
  hooks: ExploreHooks,
  wanted: 'orders' | 'classes',
): Promise<Exploration> {
  const pace = new Pace(hooks);
  const learned = new Learned();
  for (;;)
    try {
      return await exploreModel(new Model(explored, limits, learned, hooks.inCode), limits, pace, wanted);
    } catch (thrown) {
      if (thrown !== LEARNED) throw thrown;
    }
}

async function exploreModel(
  model: Model,
  limits: ExploreLimits,
  pace: Pace,
  wanted: 'orders' | 'classes',
): Promise<Exploration> {
  const classes = new ClassCount(model);
  const { whole, made } = await searchWhole(model, limits, classes, pace);
  const { estimate } = made.found;
  const reduced = mayReduce(made, limits, pace) ? await searchReduced(model, estimate, limits, pace) : null;
  const isReduced = reduced?.end === 'complete';
  const complete = whole !== null || isReduced;
  const met = isReduced ? { ...reduced.found, estimate } : made.found;
  const needsOrders = wanted === 'orders' && !(complete && met.failures.size === 0) && !pace.isOver;
  const ordered = needsOrders ? await searchLayers(model, { whole, met, complete }, limits, pace) : null;
  const searches = [made, reduced, ordered?.made ?? null].filter((search) => search !== null);
  const last = searches[searches.length - 1].found;
  const found = withFailuresOf(complete ? met : { ...last, estimate }, searches);
  const isConfirmed = await confirm(model, found, pace);
  const isProved = complete && found.cuts === 0 && found.leftOut === 0 && isConfirmed;
  const fails = found.failures.size > 0;
  return {
    verdict: fails ? 'FAILS' : isProved ? 'PROVED' : 'BOUNDED',
    found,
    searches,
    complete,
    reduced: isReduced,
    preemptions: complete ? null : (ordered?.complete ?? -1),
    witnesses: ordered?.witnesses ?? [],
    interrupted: pace.isOver,
    cutLoops: found.cuts > 0 && model.boot.own === null ? unmarkedLoops(model.places, model.actors) : [],
    model,
    classes,
  };
}

/** Confirms that the actors are functions of what they read. Returns false if that was interrupted. */
async function confirm(model: Model, found: FoundStates, pace: Pace): Promise<boolean> {
  const confirmation = new Confirmation(model);
  pace.begin('confirm');
  while (!confirmation.isComplete && !pace.isOver) {
    confirmation.advance(WAYS_AT_ONCE);
    await pace.step(() => ({ found, estimate: found.estimate, preemptions: null }));
  }
  return confirmation.isComplete;
}

/** What a search of all states has found, and the search itself if it has met them all: others are not kept in memory. */
interface FirstSearch {
  readonly made: MadeSearch;
  readonly whole: Search | null;
}

/** Searches all states, as far as the limits go. */
async function searchWhole(model: Model, limits: ExploreLimits, classes: ClassCount, pace: Pace): Promise<FirstSearch> {
  const search = new Search(model, limits, classes);
  const estimates = new Estimates();
  pace.begin('states');
  while (
    !search.isComplete &&
    !search.isFull &&
    !search.isTooLarge &&
    !isForReduced(search, limits, model) &&
    !pace.isOver
  ) {
    search.advance(STATES_AT_ONCE);
    if (estimates.isDue(search) && !search.estimate()) search.beginWider();
    await pace.step(() => ({ found: search.found, estimate: search.found.estimate, preemptions: null }));
  }
  const { seconds } = pace;
  if (!search.isComplete) search.estimate();
  const { found } = search;
  const made = { by: 'states', found, seconds, end: endOf(search, limits, pace) } as const;
  return { made, whole: search.isComplete ? search : null };
}

/** Says what has ended a search of all states. */
function endOf(search: Search, limits: ExploreLimits, pace: Pace): SearchEnd {
  if (search.isComplete) return 'complete';
  if (search.isFull) return limitReached(search.found, limits);
  return pace.isOver ? 'interrupt' : 'estimate';
}

/** Whether there will be so many states that a search of those that stand for all should begin. The more are known, the better is the estimate. */
function isForReduced(search: Search, limits: ExploreLimits, model: Model): boolean {
  const times = search.found.states < MANY * limits.states ? REDUCED_FROM : 1;
  return search.isLate && search.isLargerThan(times) && reductionObstacle(model) === null;
}

/** Whether states that stand for all may be few enough, where there are too many for all of them. */
function mayReduce({ end, found: { estimate } }: MadeSearch, limits: ExploreLimits, pace: Pace): boolean {
  return end !== 'complete' && !pace.isOver && (estimate === null || estimate <= REDUCED_TO * limits.states);
}

/** Searches states whose orders stand for all. Returns null where no orders can be left out. */
async function searchReduced(
  model: Model,
  estimate: number | null,
  limits: ExploreLimits,
  pace: Pace,
): Promise<MadeSearch | null> {
  if (reductionObstacle(model) !== null) return null;
  const search = new ReducedSearch(model, limits);
  pace.begin('reduced');
  while (!search.isOver && !pace.isOver) {
    search.advance(STATES_AT_ONCE);
    await pace.step(() => ({ found: search.found, estimate, preemptions: null }));
  }
  const { found } = search;
  const end = search.isOver ? (search.end ?? limitReached(found, limits)) : 'interrupt';
  return { by: 'reduced', found, seconds: pace.seconds, end };
}

/** What a search by preemptions has found. */
interface OrderedSearch {
  readonly made: MadeSearch;
  readonly witnesses: readonly Witness[];
  /** Preemptions up to which everything was searched. */
  readonly complete: number;
}

/** Searches for the shortest order of each failure; where not all states were met, for as many preemptions as the limits allow. */
async function searchLayers(
  model: Model,
  { whole, met, complete }: { whole: Search | null; met: FoundStates; complete: boolean },
  limits: ExploreLimits,
  pace: Pace,
): Promise<OrderedSearch> {
  pace.begin('preemptions');
  for (;;) {
    const layers = new Layers(model, limits, complete ? met.failures.keys() : null, whole?.met ?? null);
    try {
      while (!layers.isOver && !pace.isOver) {
        layers.advance(STATES_AT_ONCE);
        const { preemptions } = layers;
        await pace.step(() => ({ found: layers.found, estimate: met.estimate, preemptions }));
      }
      const made = {
        by: 'preemptions',
        found: layers.found,
        seconds: pace.seconds,
        end: layers.end ?? 'interrupt',
      } as const;
      return { made, witnesses: [...layers.witnesses.values()], complete: layers.complete };
    } catch (thrown) {
      if (!Layers.hasOutgrown(thrown)) throw thrown;
    }
  }
}
