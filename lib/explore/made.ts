/** What is known of the searches that an exploration makes, one behind the other. Made by explore.ts; shown by lib/run/explore.ts. */

import type { FoundStates } from './search.js';

/**
 * What is searched: all states; those whose orders stand for all; or all again, those that fewer preemptions lead to first.
 */
export type SearchedBy = 'states' | 'reduced' | 'preemptions';

/**
 * Why a search has ended: nothing is left; what was looked for has been found; a limit, of states or of memory; there seem to be too
 * many states; the next number of preemptions would have too many; orders cannot be left out after all; or an interrupt.
 */
export type SearchEnd = 'complete' | 'found' | 'states' | 'memory' | 'estimate' | 'layer' | 'obstacle' | 'interrupt';

/** One of the searches. Only the last one's states are in memory, and those of one that was complete. */
export interface MadeSearch {
  readonly by: SearchedBy;
  readonly found: FoundStates;
  readonly seconds: number;
  readonly end: SearchEnd;
}

/** How far an exploration has come. */
export interface ExploredSoFar {
  /** What it does: one of its searches, or that it confirms what the actors do. */
  readonly what: SearchedBy | 'confirm';
  readonly found: FoundStates;
  /** How many states there are in all, about; null before that was estimated. */
  readonly estimate: number | null;
  /** Of this part. */
  readonly seconds: number;
  /** Preemptions of the orders that are looked at, where it goes by them. */
  readonly preemptions: number | null;
}

/** Returns why a search has ended that has reached a limit. */
export function limitReached({ states }: FoundStates, limits: { readonly states: number }): SearchEnd {
  return states >= limits.states ? 'states' : 'memory';
}

/** Returns what was found, with each failure that any of the searches has met beside. */
export function withFailuresOf(found: FoundStates, searches: readonly MadeSearch[]): FoundStates {
  const failures = new Map(found.failures);
  for (const search of searches)
    for (const [signature, states] of search.found.failures)
      if (!failures.has(signature)) failures.set(signature, states);
  return { ...found, failures };
}
