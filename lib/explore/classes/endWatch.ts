/** What a search tells of the ends of trials. Called by search.ts and layers.ts; counted.ts counts classes by it. */

import type { ActorPlace } from '../trees/step.js';
import type { Transitions } from '../states/transitions.js';

/** Gets every end that a search meets. */
export interface EndWatch {
  /** The search begins, once more if its states have outgrown it. */
  begin(): void;
  /** All actors have ended in the state at hand. */
  ended(state: Transitions): void;
  /** A trial may fail at a place. */
  fails(place: ActorPlace): void;
  /** CPUs wait for ever. */
  hangs(signature: string): void;
}
