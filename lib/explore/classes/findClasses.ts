/** Finds the shortest orders of classes that were not met. Called by lib/run/classes.ts. */

import { Layers, type Witness } from '../layers.js';
import type { Model } from '../states/model.js';
import type { ClassCount } from './counted.js';

/** Nodes that are looked at in one go. */
const NODES_AT_ONCE = 1000;

/** Returns the orders of up to `count` of the classes, those with the fewest preemptions first; fewer if that takes more than `states`. */
export function findClasses(
  model: Model,
  classes: ClassCount,
  wanted: readonly string[],
  { count, states }: { readonly count: number; readonly states: number },
): readonly Witness[] {
  for (;;) {
    const layers = new Layers(model, { states, bytes: Infinity }, null);
    const found = layers.findClasses(classes, wanted, count);
    try {
      while (!layers.isOver && found.length < count) layers.advance(NODES_AT_ONCE);
      return found;
    } catch (thrown) {
      if (!Layers.hasOutgrown(thrown)) throw thrown;
    }
  }
}
