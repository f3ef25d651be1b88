/** The report of a race that did what no CPU can do. Called on the host by failureReport.ts. */

import type { Snapshot } from '../machine/snapshotView.js';
import { MISUSES } from '../machine/signatures.js';

/** Whether the machine itself failed the trial, in a way of which the race has not said that it may happen. */
export function isMisuse(signature: string, declared: readonly string[]): boolean {
  return MISUSES.includes(signature) && !declared.includes(signature);
}

/** Returns what the machine says of a race that did what no CPU can do, and where it was: the same for every race. */
export function misuseReport(s: Snapshot): string[] {
  const { id, comm, frames, actor, step } = s.cpus[s.cpu];
  const place = step === '-' ? 'before its first step' : `at step ${step}`;
  return [s.message, `  CPU ${id} (${comm}) was in ${frames[0]?.fn ?? actor}, ${place}`];
}
