/*
 * A check that looks at an instance when all actors have returned. Each CPU counts itself in a word behind the state when its
 * actor returns; the one that counts last calls the check. A CPU that is thrown out of its trial counts nothing, so nothing is
 * checked in a trial that has failed. Called by complete.ts.
 */

import { atomic_fetch_add } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { LINE_WORDS, roundUp } from '../sharedarraybuffer-utils/index.js';
import type { Actor } from './race.js';

/** What reports call the word in which CPUs count themselves. */
export const RETURNED = 'actors_returned';

/** Returns the word offset of the count behind `words` words of state, on a line of its own. */
export function returnedAt(words: number): number {
  return roundUp(words, LINE_WORDS);
}

/** Returns the number of words of an instance that has such a count. */
export function wordsWithCheck(words: number): number {
  return returnedAt(words) + LINE_WORDS;
}

/** Returns the actors, each followed by the check if it is the last to return. `at`: word offset of the count. */
export function actorsWithCheck<C>(
  actors: Readonly<Record<string, Actor<C>>>,
  at: number,
  check: (cpu: Cpu, instance: number, config: C) => void,
): Record<string, Actor<C>> {
  const checked =
    (actor: Actor<C>): Actor<C> =>
    (cpu, instance, config) => {
      const returned = actor(cpu, instance, config);
      if (atomic_fetch_add(cpu, instance + at, 1) === cpu.places - 1) check(cpu, instance, config);
      return returned;
    };
  return Object.fromEntries(Object.entries(actors).map(([name, actor]) => [name, checked(actor)]));
}
