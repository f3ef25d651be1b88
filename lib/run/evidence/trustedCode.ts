/** Protects against code that only an evidence file or a store names, since its reader may not have written it. Called before loading. */

import { resolve } from 'node:path';
import { builtInRaces } from '../../harness/host/loadRace.js';
import { UsageError, quoted } from '../usageError.js';

/** Whether the race is a file that is not part of the program. */
export function needsTrust(target: string): boolean {
  return !builtInRaces().includes(target);
}

/**
 * Throws UsageError if the race that `source` names is not built in and not trusted. Called before the import, which runs the file.
 */
export function requireTrust(source: string, target: string, isTrusted: boolean | undefined): void {
  if (isTrusted === true || !needsTrust(target)) return;
  throw new UsageError(
    `${source}: would load and run ${quoted(resolve(target), Infinity)}: add --trust-code if you trust that file`,
  );
}
