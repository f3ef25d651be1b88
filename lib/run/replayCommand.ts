/** The command that replays a file of evidence, as `run`, `verify` and `soak status` print it. */

import type { Evidence } from '../evidence/evidence.js';
import { commandLine } from '../report/commandLine.js';
import { needsTrust } from './trustedCode.js';

/** Ready to be pasted. Evidence of a race of the user's own names a file, which `replay` loads only when it is told to. */
export function replayCommand(file: string, { target }: Pick<Evidence, 'target'>): string {
  return commandLine('replay', ...(needsTrust(target) ? ['--trust-code'] : []), file);
}
