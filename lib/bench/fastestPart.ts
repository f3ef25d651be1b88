/** The fastest part of a run. Used by the parts of the bench that count how often something is done: other load can only slow a part down. */

import type { RunOutcome } from '../harness/host/run.js';

/** Milliseconds that a part has at least: counts are looked at each tenth of a second, now and then a little sooner. */
const PART_MS = 80;

/** Returns the failures per second of the fastest tenth of a second of a run. */
export function fastestFailures({ samples }: Pick<RunOutcome, 'samples'>): number {
  let fastest = 0;
  for (let i = 1; i < samples.length; i++) {
    const ms = samples[i].ms - samples[i - 1].ms;
    if (ms >= PART_MS) fastest = Math.max(fastest, ((samples[i].failures - samples[i - 1].failures) / ms) * 1000);
  }
  return fastest;
}
