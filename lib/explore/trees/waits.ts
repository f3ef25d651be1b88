/** What the steps of an actor wait for, where they are waits. Used by steps.ts. */

import { WAITS_FOR, type GivesCpu } from './step.js';

/** What the actor waits for, beside the word. */
export interface ActorWait {
  readonly kind: number;
  readonly how: number;
  readonly by: number;
  readonly gives: GivesCpu | null;
}

export const NO_WAIT: ActorWait = Object.freeze({ kind: WAITS_FOR.NOTHING, how: 0, by: 0, gives: null });
export const FOR_LOCK: ActorWait = Object.freeze({ kind: WAITS_FOR.LOCK, how: 0, by: 0, gives: null });
export const FOR_ACKS: ActorWait = Object.freeze({ kind: WAITS_FOR.ACKS, how: 0, by: 0, gives: null });
