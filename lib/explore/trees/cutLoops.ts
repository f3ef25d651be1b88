/**
 * Finds the loops of a race in which actors were followed no further, and which say nothing of themselves. Called by explore.ts for the
 * places at which a search has cut.
 *
 * The newest steps of such a way are the same again and again: the same kinds of steps at the same words. A loop over many words is none, and
 * neither is one whose iterations were marked, whatever they have left in variables.
 */

import type { ExploredActor } from './actor.js';
import { commonFrames } from './raceFrame.js';
import { NOT_INTERRUPTED, STEP, type ActorPlace } from './step.js';

/** How often the steps must have come. */
const ROUNDS = 4;
/** Cuts that are looked at, and loops that are named. */
const CUTS_MAX = 50;
const LOOPS_MAX = 3;

/** Returns where each loop is, as `fn (file:///x.js:9:5) < actor (file:///x.js:2:3)`: at the first of these lines, or around one of these calls. */
export function unmarkedLoops(places: readonly ActorPlace[], actors: readonly ExploredActor[]): string[] {
  const found = new Set<string>();
  let looked = 0;
  for (const { step, parent } of places) {
    if (step !== STEP.CUT || parent === null) continue;
    const length = roundLength(parent);
    if (length === null) continue;
    const { stacks, isMarked } = actors[parent.actor].lastSteps(parent, length);
    const frames = isMarked ? [] : commonFrames(stacks);
    if (frames.length > 0) found.add(frames.map((frame) => frame.replace(/^at /, '')).join(' < '));
    if (++looked === CUTS_MAX || found.size === LOOPS_MAX) break;
  }
  return [...found];
}

/** Returns how many steps come again and again up to a place; null if none do. */
function roundLength(last: ActorPlace): number | null {
  const way: ActorPlace[] = [];
  for (let at: ActorPlace | null = last; at !== null; at = at.parent) way.push(at);
  for (let length = 1; ROUNDS * length <= way.length; length++) if (comesAgain(way, length)) return length;
  return null;
}

/** Whether so many steps, the newest ones of a way, have come in front of them as well, over and over. */
function comesAgain(way: readonly ActorPlace[], length: number): boolean {
  for (let i = 0; i < ROUNDS * length; i++) if (way[i].delivered !== NOT_INTERRUPTED) return false;
  for (let i = length; i < ROUNDS * length; i++) {
    const [one, before] = [way[i - length], way[i]];
    if (one.step !== before.step || one.address !== before.address || one.label !== before.label) return false;
    if (one.fn !== before.fn) return false;
  }
  return true;
}
