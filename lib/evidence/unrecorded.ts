/**
 * Finds words that a trial changed without a record. Called by lib/harness/host/evidenceOf.ts when evidence is made.
 */

import type { RecordedAccess } from './recordColumn.js';

/** Most words that are named to the user. */
const WORDS_MAX = 8;

/**
 * Returns the words that do not hold what the records imply: something was stored there without the machine's instructions,
 * which leaves no record. `initial` and `final` are a range of words from word index `at` on, before and after the trial;
 * `mask` selects the bits that belong to the word of that index.
 */
export function unrecordedWords(
  cpus: readonly (readonly RecordedAccess[])[],
  { at, initial, final }: { readonly at: number; readonly initial: Int32Array; readonly final: Int32Array },
  mask: (address: number) => number,
): number[] {
  const balances = new Map<number, Map<number, number>>();
  const count = (address: number, value: number, by: number): void => {
    const balance = balances.get(address) ?? new Map<number, number>();
    balance.set(value, (balance.get(value) ?? 0) + by);
    balances.set(address, balance);
  };
  for (const { address, before, after } of cpus.flat()) {
    if (before === after) continue;
    count(address, before, -1);
    count(address, after, 1);
  }
  const words: number[] = [];
  for (let i = 0; i < final.length && words.length < WORDS_MAX; i++) {
    const address = at + i;
    // Each value is overwritten as often as it is stored, except for the first and the last one.
    count(address, initial[i] & mask(address), 1);
    count(address, final[i] & mask(address), -1);
    if ([...(balances.get(address) ?? [])].some(([, left]) => left !== 0)) words.push(address);
  }
  return words;
}
