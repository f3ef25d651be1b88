/**
 * The end of a way through an actor's tree, as a run along it makes the way longer. Kept by steps.ts; actor.ts takes the place at the end.
 *
 * What stores and returns nothing comes in every order that reaches it. So the run that meets such a step goes on behind it, and the place
 * is in the tree at once: an actor is run once for several of them in a row.
 */

import { depthBehind, storesBehind } from './behind.js';
import type { History } from './history.js';
import { NOT_INTERRUPTED, STEP, type ActorPlace } from './step.js';

/** Steps that return nothing, and are possible wherever an actor reaches them. */
const HAS_ONE_OUTCOME: readonly number[] = [STEP.WRITE, STEP.RELEASE, STEP.FENCE, STEP.POLL];

/** The newest place of a way, and what leads on from there. */
type WayEnd = Pick<ActorPlace, 'parent' | 'value' | 'delivered'>;

/** A way. */
export class NewWay {
  /** The number of the place at its end; -1 where the way is known. */
  number = -1;
  /** Stores of the actor in front of the end. */
  stores: ActorPlace['stores'] = null;
  end: WayEnd = { parent: null, value: 0, delivered: NOT_INTERRUPTED };
  readonly #onPlace: (place: ActorPlace) => void;

  /** `onPlace` gets each place that a run has passed, and gives it to the tree. */
  constructor(onPlace: (place: ActorPlace) => void) {
    this.#onPlace = onPlace;
  }

  begin(end: WayEnd, number: number): void {
    this.number = number;
    this.end = end;
    this.stores = storesBehind(end.parent, end.delivered);
  }

  /** Whether a run goes on behind a step at the end, which is the newest one of `history`, as far as the step says. */
  goesOnBehind(step: number, { length }: History, accessesMax: number): boolean {
    return this.number >= 0 && HAS_ONE_OUTCOME.includes(step) && length < accessesMax;
  }

  /** Returns a step as the place at the end. */
  placeOf(found: ActorPlace): ActorPlace {
    const { parent } = this.end;
    return { ...found, id: this.number, ...this.end, depth: depthBehind(parent), stores: this.stores };
  }

  /** Passes the step at the end. */
  pass(found: ActorPlace, history: History): void {
    const place = this.placeOf(found);
    this.#onPlace(place);
    history.extend(place);
    this.begin({ parent: place, value: 0, delivered: NOT_INTERRUPTED }, this.number + 1);
  }
}
