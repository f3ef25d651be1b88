/** Code that only a file names: evidence and stores say which race they are of, and whoever reads them may not have written them. */

import { resolve } from 'node:path';
import { builtInRaces } from '../harness/host/loadRace.js';
import { UsageError, quoted } from './usageError.js';

/** Whether a race is a file that is not part of the program. */
export function needsTrust(target: string): boolean {
  return !builtInRaces().includes(target);
}

/**
 * Refuses to load the race that `source` names if it is no built-in one and nobody has said that it may be loaded. Called
 * before the import, which runs the file. Throws UsageError.
 */
export function requireTrust(source: string, target: string, isTrusted: boolean | undefined): void {
  if (isTrusted === true || !needsTrust(target)) return;
  throw new UsageError(
    `${source}: would load and run ${quoted(resolve(target), Infinity)}: add --trust-code if you trust that file`,
  );
}
