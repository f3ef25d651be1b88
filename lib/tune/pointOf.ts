/** Turns a plan into the point at which a search begins. Called by lib/cli/tune/checkedFlags.ts and lib/bench/tune.ts. */

import type { Plan } from '../harness/plan.js';
import type { Point } from './point.js';

/** Returns the settings of a plan. Throws RangeError for lockstep, which has none. */
export function pointOf({ cpus, machines, sync, round, spin, phases, windows }: Plan): Point {
  if (sync === 'lockstep') throw new RangeError('a lockstep run has no settings');
  return { cpus, machines, sync, round, spin, phases, windows };
}
