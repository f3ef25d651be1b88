/** Names a column of a timeline. Called by the forms in which this folder shows one. */

import type { Timeline } from '../../evidence/timeline.js';
import { worldOf, type OfCode } from '../words/world.js';

/** Returns the CPU, or that it is none, with the task that began there. */
export function columnName({ cpus, code }: Pick<Timeline, 'cpus'> & OfCode, id: number): string {
  const { comm, offCpu } = cpus[id];
  return `${offCpu ? 'no CPU' : `${worldOf(code === undefined ? {} : { code }).thread} ${id}`}: ${comm}`;
}
