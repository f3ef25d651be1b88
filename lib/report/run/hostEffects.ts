/** Says what the host did to a run: too little CPU time, stalls, workers that were replaced. Called by text.ts and brief.ts. */

import { counted, formatSeconds } from '../format/numbers.js';
import { starvedWords } from '../words/starved.js';
import type { RunDocument } from './document.js';

/** Returns a line for each; none for a host that did nothing. */
export function hostEffects(run: RunDocument): string[] {
  const starved = starvedWords(run);
  const lines = starved === null ? [] : [starved];
  const { watchdog = null } = run;
  if (watchdog !== null && watchdog.hostStalls > 0) {
    lines.push(
      `HOST STALL: the run got no CPU time ${counted(watchdog.hostStalls, 'time')}, ${formatSeconds(watchdog.hostStallMs / 1000)} in total; this is not a failure`,
    );
  }
  if (watchdog !== null && watchdog.workersReplaced > 0)
    lines.push(
      `${counted(watchdog.workersReplaced, 'worker')} did not respond and ${watchdog.workersReplaced === 1 ? 'was' : 'were'} replaced`,
    );
  return lines;
}
