/**
 * Counts the states from which one step leads to a state, as far as the state shows it. Called by estimate.ts.
 *
 * An actor may have made its last step last if the word at which it made it is still what the step left there. Whether the trial can be in
 * the state in front of that is not known, so it is an estimate, a little too high as a rule.
 */

import { isFree } from '../../machine/lockWord.js';
import type { Model } from './model.js';
import { STEP, isAtomic, isBuffered, type ActorPlace } from '../trees/step.js';
import type { Transitions } from './transitions.js';

/** Returns how many steps may have led to the state at hand: 1 at least. */
export function predecessorsOf(model: Model, state: Transitions): number {
  let found = 0;
  for (let c = 0; c < model.actors.length; c++) {
    const place = state.placeOf(c);
    if (place.parent !== null && mayBeLast(model, state, place, place.parent)) found++;
    if (state.hasBuffers && hasDrained(model, state, c)) found++;
  }
  return Math.max(found, 1);
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

function mayBeLast(model: Model, state: Transitions, place: ActorPlace, made: ActorPlace): boolean {
  const { value, delivered } = place;
  if (delivered !== 0) return true;
  const { step, a, b, cpu } = made;
  if (step > STEP.TRY_LOCK && !SHOWS.includes(step)) return true;
  if (step === STEP.FENCE) return true;
  if (state.hasBuffers && isBuffered(step)) return state.buffered(place) > 0;
  const word = state.word(model.slotAt(made));
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
