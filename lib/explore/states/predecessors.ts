/**
 * Counts the states from which one step leads to a state, as far as the state shows it. Called by estimate.ts. Several ways lead to a place
 * of a loop, and each may be the one by which the actor has come.
 *
 * An actor may have made its last step last if the word at which it made it is still what the step left there. Whether the trial can be in
 * the state in front of that is not known, so it is an estimate, a little too high as a rule.
 */

import { isFree } from '../../machine/lockWord.js';
import type { Model } from './model.js';
import type { Join } from '../trees/joins.js';
import { STEP, isAtomic, isBuffered, type ActorPlace } from '../trees/step.js';
import type { Transitions } from './transitions.js';

/** A way into a place: the place in front of it, and what led on from there. */
type WayIn = Pick<ActorPlace, 'parent' | 'value' | 'delivered'>;

/** The states in front of those of a model. */
export class Predecessors {
  readonly #model: Model;
  /** By place, the joins that lead there; those that lead back to an earlier one are left out, as an estimate does not follow them. */
  readonly #joins = new Map<ActorPlace, Join[]>();
  /** Joins of the model that were taken in: an estimate finds more as it goes. */
  #known = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Returns how many steps may have led to the state at hand: 1 at least. */
  countOf(state: Transitions): number {
    this.#update();
    let found = 0;
    for (let c = 0; c < this.#model.actors.length; c++) {
      const place = state.placeOf(c);
      if (this.#mayBeLast(state, place, place)) found++;
      for (const join of this.#joins.get(place) ?? []) if (this.#mayBeLast(state, place, join)) found++;
      if (state.hasBuffers && hasDrained(this.#model, state, c)) found++;
    }
    return Math.max(found, 1);
  }

  #update(): void {
    const { joins } = this.#model;
    for (; this.#known < joins.length; this.#known++) {
      const join = joins[this.#known];
      if (join.parent.depth >= join.to.depth) continue;
      const known = this.#joins.get(join.to);
      if (known === undefined) this.#joins.set(join.to, [join]);
      else known.push(join);
    }
  }

  #mayBeLast(state: Transitions, place: ActorPlace, { parent, value, delivered }: WayIn): boolean {
    if (parent === null) return false;
    if (delivered !== 0) return true;
    const { step } = parent;
    if (step > STEP.TRY_LOCK && !SHOWS.includes(step)) return true;
    if (step === STEP.FENCE) return true;
    if (state.hasBuffers && isBuffered(step)) return state.buffered(place) > 0;
    return isLeftBy(parent, value, state.word(this.#model.slotAt(parent)));
  }
}

/** Whether the last that an actor did may be that its oldest store left the buffer. */
function hasDrained(model: Model, state: Transitions, actor: number): boolean {
  const visible = state.visible(actor);
  let place = state.placeOf(actor);
  // Behind an atomic access every store in front of it was visible before.
  for (; place.parent !== null && (place.parent.stores?.count ?? 0) >= visible; place = place.parent)
    if (isAtomic(place.parent.step)) return false;
  const store = place.stores;
  return store !== null && store.count === visible && state.word(model.slotOfStore(store)) === store.value;
}

/** Whether a step that has returned `value` leaves this word. */
function isLeftBy({ step, a, b, cpu }: ActorPlace, value: number, word: number): boolean {
  switch (step) {
    case STEP.WRITE:
    case STEP.XCHG:
      return word === a;
    case STEP.RELEASE:
    case STEP.HAS_TICKED:
      return word === 0;
    case STEP.TICK:
      return word === 1;
    case STEP.CMPXCHG:
      return word === (value === a ? b : value);
    case STEP.FETCH_OR:
      return word === (value | a);
    case STEP.FETCH_AND:
      return word === (value & a);
    case STEP.FETCH_ADD:
      return word === ((value + a) | 0);
    case STEP.TRY_LOCK:
      return value === 1 ? word === cpu + 1 : !isFree(word);
    case STEP.LOCK:
      return word === cpu + 1;
    case STEP.EVERY:
      return word === 2 * a + value;
    default:
      return word === value;
  }
}

/** Steps behind the accesses that leave something in their word. */
const SHOWS: readonly number[] = [STEP.EVERY, STEP.TICK, STEP.HAS_TICKED, STEP.LOCK, STEP.AWAIT, STEP.AWAIT_NOT];
