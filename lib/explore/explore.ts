/**
 * Explores all that a trial can do: every state that the actors can reach from the first one, whatever the order of their accesses.
 * Called by lib/run/explore.ts.
 */

import { ClassCount } from './classes/counted.js';
import { Confirmation } from './confirm.js';
import { ExploreRefusal } from './trees/refusal.js';
import { LEARNED, Learned } from './trees/learned.js';
import { Layers, type LayersLimits, type Witness } from './layers.js';
import { Model } from './states/model.js';
import type { InCode } from './trees/boot.js';
import { reductionObstacle } from './reduced/futures.js';
import { ReducedSearch } from './reduced/reduced.js';
import { Search, type FoundStates } from './search.js';
import type { ExploredVariant } from './trees/boot.js';

export type { ExploredVariant } from './trees/boot.js';
export type { FoundStates } from './search.js';
export type { Witness } from './layers.js';

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
  readonly found: FoundStates;
  /** Whether every state was met whose orders are not cut; where it is reduced, one order that stands for each. */
  readonly complete: boolean;
  /** Whether there were too many states, and orders were left out that only exchange steps which have nothing to do with each other. */
  readonly reduced: boolean;
  /** Preemptions up to which every order was looked at, where not every state was met; -1 for none. Null where every one was. */
  readonly preemptions: number | null;
  /** The shortest order of each failure, as far as one was found. */
  readonly witnesses: readonly Witness[];
  readonly interrupted: boolean;
  readonly model: Model;
  /** The classes of orders, as far as they were met. */
  readonly classes: ClassCount;
}

/** What the caller sees and controls. */
export interface ExploreHooks {
  readonly signal: AbortSignal;
  /** Called some times a second. */
  readonly onProgress?: (found: FoundStates, what: 'states' | 'layers' | 'confirm') => void;
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

  constructor(hooks: ExploreHooks) {
    this.#hooks = hooks;
  }

  get isOver(): boolean {
    return this.#hooks.signal.aborted;
  }

  async step(found: FoundStates, what: 'states' | 'layers' | 'confirm'): Promise<void> {
    if (performance.now() - this.#pausedMs < PAUSE_EVERY_MS) return;
    this.#hooks.onProgress?.(found, what);
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
  const { whole, found: first } = await searchWhole(model, limits, classes, pace);
  const reduced = whole === null ? await searchReduced(model, first, limits, pace) : null;
  const complete = whole !== null || reduced !== null;
  const met = reduced === null ? first : { ...reduced, estimate: first.estimate };
  const needsOrders = wanted === 'orders' && !(complete && met.failures.size === 0);
  const layers = !needsOrders ? null : await searchLayers(model, { whole, met, complete }, limits, pace);
  const confirmation = new Confirmation(model);
  while (!confirmation.isComplete && !pace.isOver) {
    confirmation.advance(WAYS_AT_ONCE);
    await pace.step(met, 'confirm');
  }
  const found = layers === null ? met : withFailures(met, layers);
  const isProved = complete && found.cuts === 0 && found.leftOut === 0 && confirmation.isComplete;
  const fails = found.failures.size > 0;
  return {
    verdict: fails ? 'FAILS' : isProved ? 'PROVED' : 'BOUNDED',
    found,
    complete,
    reduced: reduced !== null,
    preemptions: complete ? null : (layers?.complete ?? -1),
    witnesses: layers === null ? [] : [...layers.witnesses.values()],
    interrupted: pace.isOver,
    model,
    classes,
  };
}

/** What a search of all states has found, and the search itself if it has met them all: others are not kept in memory. */
interface FirstSearch {
  readonly found: FoundStates;
  readonly whole: Search | null;
}

/** Searches all states, as far as the limits go. */
async function searchWhole(model: Model, limits: ExploreLimits, classes: ClassCount, pace: Pace): Promise<FirstSearch> {
  const search = new Search(model, limits, classes);
  const estimates = new Estimates();
  while (
    !search.isComplete &&
    !search.isFull &&
    !search.isTooLarge &&
    !isForReduced(search, limits, model) &&
    !pace.isOver
  ) {
    search.advance(STATES_AT_ONCE);
    if (estimates.isDue(search) && !search.estimate()) search.beginWider();
    await pace.step(search.found, 'states');
  }
  if (!search.isComplete) search.estimate();
  return { found: search.found, whole: search.isComplete ? search : null };
}

/** Whether there will be so many states that a search of those that stand for all should begin. The more are known, the better is the estimate. */
function isForReduced(search: Search, limits: ExploreLimits, model: Model): boolean {
  const times = search.found.states < MANY * limits.states ? REDUCED_FROM : 1;
  return search.isLate && search.isLargerThan(times) && reductionObstacle(model) === null;
}

/** Searches states whose orders stand for all, where there are too many for all of them; null where that is not enough. */
async function searchReduced(
  model: Model,
  { estimate }: FoundStates,
  limits: ExploreLimits,
  pace: Pace,
): Promise<FoundStates | null> {
  if (estimate !== null && estimate > REDUCED_TO * limits.states) return null;
  const search = new ReducedSearch(model, limits);
  while (!search.isOver && !pace.isOver) {
    search.advance(STATES_AT_ONCE);
    await pace.step(search.found, 'states');
  }
  return search.isComplete ? search.found : null;
}

/** Searches for the shortest order of each failure; where not all states were met, for as many preemptions as the limits allow. */
async function searchLayers(
  model: Model,
  { whole, met, complete }: { whole: Search | null; met: FoundStates; complete: boolean },
  limits: ExploreLimits,
  pace: Pace,
): Promise<Layers> {
  for (;;) {
    const layers = new Layers(model, limits, complete ? met.failures.keys() : null, whole?.met ?? null);
    try {
      while (!layers.isOver && !pace.isOver) {
        layers.advance(STATES_AT_ONCE);
        await pace.step(met, 'layers');
      }
      return layers;
    } catch (thrown) {
      if (!Layers.hasOutgrown(thrown)) throw thrown;
    }
  }
}

/** Adds the failures that the layers alone have met. */
function withFailures(found: FoundStates, layers: Layers): FoundStates {
  const failures = new Map(found.failures);
  for (const signature of layers.witnesses.keys()) if (!failures.has(signature)) failures.set(signature, 1);
  return { ...found, failures };
}
