import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Has the host's thread collect its garbage, which takes some milliseconds. The memory of an ended slice lies outside the heap, so
 * that V8 by itself sees little need to: the process would grow until it does, and then in the middle of a slice.
 */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
