/**
 * Finds lines of the race: the one that the thread is at, for what a search refuses, and that of a loop. Called by history.ts,
 * ownMemory.ts, steps.ts and cutLoops.ts.
 */

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

/** Returns the frames of the race in which the thread is, the outermost one first. */
export function stackInRace(): string[] {
  return ownFrames(framesOfRace(framesHere())).toReversed();
}

/**
 * Returns the frames that stacks have in common which were seen in one loop, the innermost one first: the first line of them in the function
 * where they differ, and the calls that lead there. The loop is at one of these lines: a stack does not say whether a function was left
 * in between.
 */
export function commonFrames(stacks: readonly (readonly string[])[]): string[] {
  const [one] = stacks;
  const differs = one.findIndex((frame, i) => stacks.some((stack) => stack[i] !== frame));
  if (differs < 0) return one.toReversed();
  const lines = stacks.map((stack) => stack[differs] ?? '');
  const isOneFunction = lines.every((frame) => functionOf(frame) === functionOf(one[differs]));
  const first = isOneFunction ? lines.toSorted((a, b) => lineOf(a) - lineOf(b)).slice(0, 1) : [];
  return [...first, ...one.slice(0, differs).toReversed()];
}

const LINE = /:(\d+):\d+\)?$/;

function functionOf(frame: string): string {
  return frame.replace(LINE, '');
}

function lineOf(frame: string): number {
  return Number(LINE.exec(frame)?.[1]);
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
  const theirs = framesOfRace(frames);
  return ownFrames(theirs)[0] ?? theirs[0];
}

function framesOfRace(frames: readonly string[]): string[] {
  const end = frames.findIndex((frame) => RUNS_RACE.test(frame));
  return (end < 0 ? [] : frames.slice(0, end)).filter(
    (frame) => /\.[cm]?[jt]s:\d/.test(frame) && !OURS.some((folder) => frame.includes(folder)),
  );
}

function ownFrames(frames: readonly string[]): string[] {
  return frames.filter((frame) => !frame.includes('/node_modules/'));
}
