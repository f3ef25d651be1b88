/** Finds the line of the race that the thread is at, for what a search refuses. Called by history.ts and ownMemory.ts. */

import { stackOf } from '../../machine/thrown.js';

/** Frames of this program, below the code of the race. */
const OURS = /\/lib\/(?:explore|machine|kernel|mm|arch|race|js|instrument|run|cli|api)\//;
/** Frames that lie between a step and the code of the race, and more. */
const FRAMES = 50;

/** Returns `, at actor (file:///x.js:9:5)`: the innermost frame of the race. */
export function placeInRace(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const stack = stackOf(new Error('here'));
  Error.stackTraceLimit = stackTraceLimit;
  const frame = stack
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith('at ') && /\.[cm]?[jt]s:\d/.test(line) && !OURS.test(line));
  return frame === undefined ? '' : `, ${frame}`;
}
