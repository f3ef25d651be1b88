/** The remark on failures that depend on time. Called by the reports of runs and replays, without the search for interleavings. */

import { isTimed } from '../machine/signatures.js';

/** Returns the remark on a replay that fails the same way where the failure depends on time; empty otherwise. */
export function timedNote(signature: string): string {
  return isTimed(signature) ? ', up to the failure, which depends on CPU time and is not measured again' : '';
}
