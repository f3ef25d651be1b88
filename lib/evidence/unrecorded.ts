import type { RecordedAccess } from './recordColumn.js';

/** Words that are named to the user; more say nothing new. */
const WORDS_MAX = 8;

/**
 * Words that do not hold what the record makes of them: somebody has stored there around the machine's instructions, which
 * leaves no record. `initial` and `final` are a range of words from word index `at` on, before the trial and behind it;
 * `mask` leaves out what is no part of a word of that index.
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
    // Each value is left as often as it came, but for the first, which was there, and the last, which is.
    count(address, initial[i] & mask(address), 1);
    count(address, final[i] & mask(address), -1);
    if ([...(balances.get(address) ?? [])].some(([, left]) => left !== 0)) words.push(address);
  }
  return words;
}
