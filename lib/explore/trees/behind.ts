/** What of a place follows from the one in front of it. Called by steps.ts. */

import { STEP, type ActorPlace, type Stored } from './step.js';

/** Returns how many steps lead to a place behind `parent`. */
export function depthBehind(parent: ActorPlace | null): number {
  return parent === null ? 0 : parent.depth + 1;
}

/** Returns the stores of an actor behind a step. */
export function storesBehind(parent: ActorPlace | null, delivered: number): Stored | null {
  if (parent === null) return null;
  const { stores: older, step, address, a } = parent;
  if (delivered !== 0 || (step !== STEP.WRITE && step !== STEP.RELEASE)) return older;
  const value = step === STEP.WRITE ? a : 0;
  return { count: (older?.count ?? 0) + 1, address, value, isRelease: step === STEP.RELEASE, older, slot: -1 };
}
