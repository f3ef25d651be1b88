import type { Access } from './interleaving/trace.js';

/**
 * What the words that the CPUs touched held before the first access. For words that `known` does not know it follows from
 * the record: every store is there with what it overwrote, so the value that is overwritten once more than it is stored
 * was there at the beginning.
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

/** `columns` has the accesses of each CPU that touched the word. */
function firstValue(columns: readonly (readonly Access[])[]): number {
  const surplus = new Map<number, number>();
  for (const { before, after } of columns.flat()) {
    if (before === after) continue;
    surplus.set(before, (surplus.get(before) ?? 0) + 1);
    surplus.set(after, (surplus.get(after) ?? 0) - 1);
  }
  for (const [value, n] of surplus) if (n > 0) return value;
  // It ended as it began. Somebody must have found it so.
  const found = columns.map(([first]) => first.before);
  return found.includes(0) ? 0 : found[0];
}
