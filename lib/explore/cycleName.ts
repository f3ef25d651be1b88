/**
 * Says what a machine calls a cycle of states without an end. Called by search.ts.
 *
 * A loop that reads the same words with the same values is a wait for one of them, and is called what a wait is (stuck.ts). Any other
 * cycle is a livelock.
 */

import { LIVELOCK } from '../machine/signatures.js';
import type { Model } from './model.js';
import type { PairTable } from './pairs.js';
import { isReadOnly } from './step.js';
import { signaturesOfLooping } from './stuck.js';
import { actorOf, type Transitions } from './transitions.js';

/** States among which a trial goes round, what that is called, and an actor that never ends. */
export interface Cycle {
  readonly states: readonly number[];
  readonly signature: string;
  readonly actor: number;
}

/** Names a cycle. `look`: a place for its states to be looked at. */
export function namedCycle(model: Model, look: Transitions, states: PairTable, cycle: readonly number[]): Cycle {
  const moving = new Set<number>();
  let stores = false;
  for (const state of cycle) {
    look.actors = states.left(state);
    look.words = states.right(state);
    look.each((transition) => {
      moving.add(actorOf(transition));
      if (!isReadOnly(look.placeOf(actorOf(transition)).step)) stores = true;
    });
  }
  const [actor] = moving;
  if (stores) return { states: cycle, signature: LIVELOCK, actor };
  const [[signature, waiting]] = signaturesOfLooping(model, look, moving);
  return { states: cycle, signature, actor: waiting };
}
