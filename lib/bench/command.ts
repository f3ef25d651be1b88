/** Runs the command line in a process of its own. Called by the parts of the bench that measure whole commands. */

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.js';

/** The command line. */
export const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
/** Code with which the process itself prints its peak memory on standard error when it exits. */
const TELL_PEAK = "process.on('exit',()=>console.error('peak '+process.resourceUsage().maxRSS))";

/**
 * Runs the command line to its end; returns what it printed, and its peak memory in MB. `main`: the command line of another build,
 * instead of this one.
 */
export async function runRacehammer(args: readonly string[], main = MAIN): Promise<{ output: string; peakMb: number }> {
  const tellPeak = `data:text/javascript,${encodeURIComponent(TELL_PEAK)}`;
  const child = startChild(['--import', tellPeak, main, ...args]);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const peakKb = Math.max(0, ...[...errors.matchAll(/peak (\d+)/g)].map((m) => Number(m[1])));
  if (output === '') throw new Error(`the run printed nothing: ${errors}`);
  return { output, peakMb: peakKb / 1024 };
}
