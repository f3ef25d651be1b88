/**
 * Computes what the words of a failed trial held before it. Called by lib/harness/host/evidenceOf.ts when evidence is
 * made.
 */

import { reconstruct } from './interleaving/reconstruct.js';
import type { Access, SearchBounds } from './interleaving/trace.js';

const ONE_WORD: SearchBounds = Object.freeze({ exact: 0, weighted: 0, any: 1000 });

/**
 * Returns what the words that the CPUs touched held before the first access. Words that `known` does not know are computed
 * from the records: every store is recorded with the value that it overwrote, so the value that is overwritten once more
 * than it is stored was there at the beginning.
 */
export function initialState(
  cpus: readonly (readonly Access[])[],
  known: (address: number) => number | undefined,
): [number, number][] {
  const words = new Map<number, Access[][]>();
  for (const accesses of cpus) {
    const mine = new Map<number, Access[]>();
    for (const access of accesses) {
      const list = mine.get(access.address);
      if (list === undefined) mine.set(access.address, [access]);
      else list.push(access);
    }
    for (const [address, list] of mine) words.set(address, [...(words.get(address) ?? []), list]);
  }
  return [...words]
    .map(([address, columns]): [number, number] => [address, known(address) ?? firstValue(columns)])
    .toSorted(([a], [b]) => a - b);
}

/** Returns the first value of a word. `columns` has the accesses of each CPU that touched the word. */
function firstValue(columns: readonly (readonly Access[])[]): number {
  const surplus = new Map<number, number>();
  for (const { before, after } of columns.flat()) {
    if (before === after) continue;
    surplus.set(before, (surplus.get(before) ?? 0) + 1);
    surplus.set(after, (surplus.get(after) ?? 0) - 1);
  }
  for (const [value, n] of surplus) if (n > 0) return value;
  // The word ended with its first value. Some CPU must have read that value first, and the word's own history must be possible.
  const found = [...new Set(columns.map(([first]) => first.before))].toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const possible = (value: number): boolean => {
    const initial = new Map([[columns[0][0].address, value]]);
    const answer = reconstruct({ cpus: columns, initial, edges: [] }, ONE_WORD);
    return answer.found || answer.reason === 'bound';
  };
  return found.length === 1 ? found[0] : (found.find(possible) ?? found[0]);
}
