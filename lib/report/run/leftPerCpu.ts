/** Says that trials depend on each other, since they leave per-CPU words changed. Called by text.ts and brief.ts. */

import type { RunDocument } from './document.js';

/** Returns the line; none if the trials have left all of them 0. */
export function leftPerCpuLines({ leftPerCpu = [] }: RunDocument): string[] {
  if (leftPerCpu.length === 0) return [];
  const variables = leftPerCpu.length === 1 ? 'the per-CPU variable' : 'the per-CPU variables';
  return [
    `trials leave ${variables} ${leftPerCpu.join(', ')} other than 0, and nothing resets that: a trial begins with what the one before has left, in explore and replay with 0`,
  ];
}
