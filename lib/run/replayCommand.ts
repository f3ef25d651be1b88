/** Makes the command that replays an evidence file. Called where evidence is written. */

import type { Evidence } from '../evidence/evidence.js';
import { commandLine } from '../report/format/commandLine.js';
import { needsTrust } from './evidence/trustedCode.js';

/** Returns the command. Evidence of a user's race names a file, which `replay` only loads with --trust-code. */
export function lineToReplay(file: string, { target }: Pick<Evidence, 'target'>): string {
  return commandLine('replay', ...(needsTrust(target) ? ['--trust-code'] : []), file);
}
