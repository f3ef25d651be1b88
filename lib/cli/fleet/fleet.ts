/** `racehammer fleet` without a command of its own. Called by program.ts. */

import { UsageError } from '../../run/usageError.js';

/** Throws UsageError. */
export function fleetCommand(): number {
  throw new UsageError(
    'fleet: needs a command: hub, work, status, stop, drain, pause or resume; for one machine there is soak',
  );
}
