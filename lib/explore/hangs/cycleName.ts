/**
 * Says what a machine calls a cycle of states without an end. Called by search.ts.
 *
 * A loop that reads the same words with the same values is a wait for one of them, and is called what a wait is (stuck.ts). So is one of
 * trylocks or atomic operations that fail each time. Any other cycle is a livelock.
 */

import { LIVELOCK } from '../../machine/signatures.js';
import type { Model } from '../states/model.js';
import type { PairTable } from '../states/pairs.js';
import { isOwn, leavesWord, type ActorPlace } from '../trees/step.js';
import { signaturesOfLooping } from './stuck.js';
import { actorOf, type Transitions } from '../states/transitions.js';

/** States among which a trial goes round, what that is called, and an actor that never ends. */
export interface Cycle {
  readonly states: readonly number[];
  readonly signature: string;
  readonly actor: number;
}

/** Names a cycle. `look`: a place for its states to be looked at. */
export function namedCycle(model: Model, look: Transitions, states: PairTable, cycle: readonly number[]): Cycle {
  const moving = new Map<number, Set<ActorPlace>>();
  let stores = false;
  for (const state of cycle) {
    look.actors = states.left(state);
    look.words = states.right(state);
    look.each((transition) => {
      const actor = actorOf(transition);
      const place = look.placeOf(actor);
      if (!moving.has(actor)) moving.set(actor, new Set());
      moving.get(actor)?.add(place);
      // Of words beside the machine's nothing says who may store them.
      if (isOwn(place.step) || !leavesWord(place, look.value)) stores = true;
    });
  }
  const [first] = moving.keys();
  if (stores) return { states: cycle, signature: LIVELOCK, actor: first };
  const loops = new Map([...moving].map(([actor, places]) => [actor, inOrder(places)]));
  const [[signature, actor] = [LIVELOCK, first]] = signaturesOfLooping(model, look, loops);
  return { states: cycle, signature, actor };
}

function inOrder(places: ReadonlySet<ActorPlace>): readonly ActorPlace[] {
  return [...places].toSorted((one, other) => one.depth - other.depth);
}
