/*
 * A lock word holds who has it and how often it was taken:
 *   generation:24 | parked:1 | owner+1:7        owner part 0 = free
 * The owner is in the same word because a walker of the wait-for graph must read both at once; the generation makes the
 * order of the owners unique in a record. `parked` says that a waiter sleeps; it is no part of the modelled lock, and
 * is masked out of every record. Read by lock.ts, by the proofs of deadlocks (cycle.ts), by the watchdog and by
 * reports.
 */

const OWNER_MASK = 0x7f;
export const LOCK_PARKED = 0x80;
const GENERATION_SHIFT = 8;

/** Returns the CPU that owns the lock, or -1. */
export function lockOwner(word: number): number {
  return (word & OWNER_MASK) - 1;
}

/** Returns how often the lock has been released. */
export function lockGeneration(word: number): number {
  return word >>> GENERATION_SHIFT;
}

export function isFree(word: number): boolean {
  return (word & OWNER_MASK) === 0;
}

/** Returns the word as the modelled machine sees it. */
export function lockWordSeen(word: number): number {
  return word & ~LOCK_PARKED;
}
