/** Names a column of a timeline. Called by the forms in which this folder shows one. */

import type { Timeline } from '../../evidence/timeline.js';

/** Returns the CPU, or that it is none, with the task that began there. */
export function columnName({ cpus }: Pick<Timeline, 'cpus'>, id: number): string {
  const { comm, offCpu } = cpus[id];
  return `${offCpu ? 'no CPU' : `CPU ${id}`}: ${comm}`;
}
