/**
 * Recognises what may be a loop that says nothing of itself: the same reads with the same values, again and again, as a machine takes
 * them for a wait (lib/machine/readLoop.ts). Called by actor.ts for each new place, which then follows it.
 */

import { LOOP_WORDS } from '../../machine/readLoop.js';
import { STEP, isOwn, leavesWord, type ActorPlace } from './step.js';

/**
 * How often a read must have been repeated, each time making places of its own: as seldom as may be, until a loop of the race was seen to
 * count its iterations; more often then, for one that counts a few; and never for one that counts those too.
 */
export const REPEATED: readonly number[] = [2, 32, Infinity];
/** How much more often several reads must be repeated: code that is no loop, as of a cmpxchg that has failed, does it once or twice. */
const SEVERAL = 2;
/** Reads that are looked at: an actor makes no more accesses as a rule. */
const REPEATED_MAX = 1024;

/** Returns the place of the iteration before, if the newest steps in front of a place are such a loop; null otherwise. */
export function placeBefore(place: ActorPlace, least: number): ActorPlace | null {
  if (place.depth < least) return null;
  let before = place.parent;
  for (let period = 1; period <= LOOP_WORDS && before !== null; period++, before = before.parent)
    if (areAlike(place, before) && isDue(repeatedReads(place, before), leastSteps(least, period))) return before;
  return null;
}

/** Returns for how many steps a loop of so many reads must be alike. */
function leastSteps(least: number, period: number): number {
  return period === 1 ? least : SEVERAL * least * period;
}

/** Whether so many reads are a reason to follow the loop: one that gave up when it was followed is left alone for as long again. */
function isDue(reads: number, least: number): boolean {
  return reads >= least && (reads & (reads - 1)) === 0;
}

/** Returns for how many steps the ways to both places have been alike, without a store. */
function repeatedReads(place: ActorPlace, before: ActorPlace): number {
  let a: ActorPlace = place;
  let b: ActorPlace = before;
  for (let i = 0; i < REPEATED_MAX; i++) {
    if (a.parent === null || b.parent === null || a.value !== b.value || !isReadBy(a.parent, a)) return i;
    if (!areAlike(a.parent, b.parent)) return i;
    a = a.parent;
    b = b.parent;
  }
  return REPEATED_MAX + 1;
}

function areAlike(a: ActorPlace, b: ActorPlace): boolean {
  return a.step === b.step && a.address === b.address && a.a === b.a && a.b === b.b;
}

/** Whether a step has led to the next place without a store: a read, or a try that has failed. */
function isReadBy(place: ActorPlace, { value, delivered }: ActorPlace): boolean {
  return delivered === 0 && (place.step <= STEP.TRY_LOCK || isOwn(place.step)) && leavesWord(place, value);
}
