/** What exchanges.ts and ownLines.ts need of what makes the steps of an actor (steps.ts). */

import type { History } from './history.js';
import type { KnownWords } from './knownWords.js';
import type { ActorWait } from './waits.js';

/** What makes the steps of the actor. */
export interface StepSource {
  readonly history: History;
  readonly words: KnownWords;
  readonly spoil: unknown;
  /** Stands in front of a step: takes the interrupts that the history has there. */
  arrive(): void;
  /** Makes the step that the actor stands in front of, and returns its value. */
  make(step: number, address: number, a: number, b: number, wait: ActorWait): number;
  /** Does both. */
  next(step: number, address: number, a: number, b: number, wait?: ActorWait): number;
  /** Does what may refuse the race. */
  guard<T>(what: () => T): T;
}
