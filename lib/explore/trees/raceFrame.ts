/** Finds the line of the race that the thread is at, for what a search refuses. Called by history.ts, ownMemory.ts and steps.ts. */

import { stackOf } from '../../machine/thrown.js';

/** The library as frames name it, whether or not Node maps them to the sources: its frames say nothing to the author of a race. */
const COMPILED = decodeURIComponent(new URL('../../', import.meta.url).pathname);
const OURS = [COMPILED, COMPILED.replace(/dist\/(lib\/)$/, '$1')];
/** What actor.ts runs all code of the race in: frames behind it are those of the search, and of the program around that. */
const RUNS_RACE = /^at (?:\w+\.)?#runToStep /;
/** Frames that lie between a step and the code of the race, and more. */
const FRAMES = 50;

/** Returns `, at actor (file:///x.js:9:5)`: the innermost frame of the race; empty where none of its code runs. */
export function placeInRace(): string {
  const frame = innermostOfRace(framesHere());
  return frame === undefined ? '' : `, ${frame}`;
}

function framesHere(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const stack = stackOf(new Error('here'));
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split('\n').map((line) => line.trim());
}

/** Returns the innermost frame of the race's own files; that of a package where the race has none. */
export function innermostOfRace(frames: readonly string[]): string | undefined {
  const end = frames.findIndex((frame) => RUNS_RACE.test(frame));
  const theirs = (end < 0 ? [] : frames.slice(0, end)).filter(
    (frame) => /\.[cm]?[jt]s:\d/.test(frame) && !OURS.some((folder) => frame.includes(folder)),
  );
  return theirs.find((frame) => !frame.includes('/node_modules/')) ?? theirs[0];
}
