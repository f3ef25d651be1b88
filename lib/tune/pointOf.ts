import type { Plan } from '../harness/plan.js';
import type { Point } from './point.js';

/** The settings of a plan. A plan in lockstep has none. */
export function pointOf({ cpus, machines, sync, round, spin, phases, windows }: Plan): Point {
  if (sync === 'lockstep') throw new RangeError('a lockstep run has no settings');
  return { cpus, machines, sync, round, spin, phases, windows };
}
