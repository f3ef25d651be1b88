/**
 * How few failures there may be where they come in bursts: trials that follow each other are not independent, as threads that have just
 * started, or have lost their core, meet elsewhere for a while. Then many trials may pass without a failure. Asked by power.ts.
 */

import type { PlacedFailures } from './counts.js';

/** Fewer blocks than this say nothing about how failures lie; of more, longer ones say the same. */
const BLOCKS_MIN = 8;
const BLOCKS_MAX = 4096;

/**
 * Returns the least rate of failures per trial, if blocks of trials fail or do not, and not single ones: that at which the trials that
 * are needed pass without a failure with this chance. Blocks that are long enough are independent. Which length that is nobody knows, so
 * it is the least rate of all lengths, up to the one of which every block failed. Infinity where the blocks say nothing.
 */
export function leastInBursts(trials: number, blocks: PlacedFailures['blocks'], chance: number): number {
  let least = Infinity;
  for (const { trials: length, count } of blocks) {
    const all = Math.ceil(trials / length);
    if (all < BLOCKS_MIN) break;
    if (all <= BLOCKS_MAX) least = Math.min(least, -Math.log(chance) / (length * cleanBlocks(count, all, chance)));
    if (count >= all) break;
  }
  return least;
}

/**
 * Returns how many blocks without a failure are needed, if `count` of `all` blocks had one: the smallest number for which it is a chance of
 * at most `chance` that all failing blocks are among these, and none among those, if both fail alike (Fisher's exact test).
 */
function cleanBlocks(count: number, all: number, chance: number): number {
  // A burst at the border of two blocks is counted twice, which matters where few fail. Each machine may have a block that is not full.
  const failed = 4 * count <= 3 * all ? Math.max(1, count - 1) : Math.min(count, all);
  const isEnough = (clean: number): boolean => {
    let ln = 0;
    for (let i = 0; i < failed; i++) ln += Math.log((all - i) / (all + clean - i));
    return ln <= Math.log(chance);
  };
  let high = 1;
  while (!isEnough(high)) high *= 2;
  for (let low = Math.floor(high / 2); high - low > 1;) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
