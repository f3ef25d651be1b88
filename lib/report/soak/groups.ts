/**
 * Puts what a soak has of many rows and hosts together by row, or by host, in one pass. Called by the parts of a page and by
 * fleetVerdict.ts: to look through all of it for each row takes seconds for a large fleet.
 */

/** Returns the parts of each key, in their order. */
export function groups<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const mine = found.get(key);
    if (mine === undefined) found.set(key, [one]);
    else mine.push(one);
  }
  return found;
}
