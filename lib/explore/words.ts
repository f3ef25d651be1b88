/** Says in words what a step does. Called by lib/run/explore.ts. */

import { nameOfWord } from './trees/history.js';
import type { Model } from './states/model.js';
import { STEP, givenBy, isAccess, isOwn, stepName, type ActorPlace } from './trees/step.js';

/** What code that has memory of its own does beside its operations. */
const OWN_WORDS_OF: Readonly<Record<number, string>> = {
  [STEP.AWAIT]: 'is woken (wait)',
  [STEP.FETCH_ADD]: 'returns',
};

/** Returns "read of pte", "store of 0x1 to pte", "lock of mm.ptl"; `value`: what the step has returned. */
export function textOfStep({ boot }: Model, { step, address, a, b, cpu }: ActorPlace, value: number): string {
  if (boot.own !== null && isOwn(step)) return boot.own.operation(a).text(value);
  if (boot.own !== null) return OWN_WORDS_OF[step] ?? stepName(step);
  const given = givenBy(value, boot.places);
  if (given !== null) return `gives CPU ${cpu} to task ${given.thread}`;
  if (!isAccess(step)) return stepName(step);
  const word = nameOfWord(boot, address);
  const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;
  switch (step) {
    case STEP.READ:
    case STEP.RELEASE:
    case STEP.LOCK:
    case STEP.TRY_LOCK:
    case STEP.OFFER:
    case STEP.ASIDE:
    case STEP.TAKE:
    case STEP.TICK:
    case STEP.OFFER_PLACE:
    case STEP.LOOK_PLACE:
    case STEP.TAKE_PLACE:
      return `${stepName(step)} of ${word}`;
    case STEP.HAS_TICKED:
      return `read of ${word}`;
    case STEP.WRITE:
      return `store of ${hex(a)} to ${word}`;
    case STEP.CMPXCHG:
      return `cmpxchg of ${word}: ${hex(a)} to ${hex(b)}`;
    case STEP.AWAIT:
      return `wait for ${word} & ${hex(a)} to be ${hex(b)}`;
    case STEP.AWAIT_NOT:
      return `wait for ${word} & ${hex(a)} not to be ${hex(b)}`;
    default:
      return `${stepName(step)} of ${word}: ${hex(a)}`;
  }
}
