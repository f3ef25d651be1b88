/** Collects garbage between the slices of a soak. Used by soak.ts. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Returns a function that collects the garbage of the main thread in some milliseconds. The memory of an ended slice lies outside
 * the heap, so V8 by itself would let the process grow, and collect in the middle of a slice.
 */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
