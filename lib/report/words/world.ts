/**
 * Words for what runs a race: CPUs of a simulated machine, or threads of JavaScript code (lib/js). Chosen by the kind of the race; used by
 * all texts, tables and pages about one.
 */

import { counted } from '../format/numbers.js';

/** What code a document is about; absent where a machine runs it. */
export interface OfCode {
  readonly code?: 'javascript';
  /** Whether its modules were instrumented, so that plain accesses of shared memory were seen; absent if not. */
  readonly instrumented?: true;
}

/** The words of one world. */
export interface World {
  /** What runs an actor. */
  readonly thread: string;
  /** Those that run a trial together. */
  readonly group: string;
  /** Whether windows are open in a trial, so that one may be nearly met. */
  readonly hasWindows: boolean;
  /** What random delays stand in front of. */
  readonly phases: string;
  readonly delays: string;
  /** What one trial is explored under. */
  readonly explored: string;
}

const MACHINE: World = Object.freeze({
  thread: 'CPU',
  group: 'machine',
  hasWindows: true,
  phases: 'phases',
  delays: 'window delays',
  explored: 'one trial from the first state, interrupts at any instruction, every draw',
});

const JAVASCRIPT: World = Object.freeze({
  thread: 'thread',
  group: 'group',
  hasWindows: false,
  phases: 'delays in front of actors',
  delays: 'in front of operations',
  explored: 'one trial from the first state, a wait with a time may end at any moment',
});

/** Returns the words for a document, or for a race. */
export function worldOf({ code }: OfCode): World {
  return code === 'javascript' ? JAVASCRIPT : MACHINE;
}

/** Returns the marks of a document about this kind of race. */
export function codeMark(isJavaScript: boolean, isInstrumented = false): OfCode {
  if (!isJavaScript) return {};
  return isInstrumented ? { code: 'javascript', instrumented: true } : { code: 'javascript' };
}

/** Says whether plain accesses were seen; nothing where a machine makes all of them. */
export function seenWords({ code, instrumented }: OfCode): string[] {
  if (code === undefined) return [];
  return [instrumented === true ? 'plain accesses of elements are seen' : 'plain accesses are not seen (--instrument)'];
}

/** Returns "2 CPUs", "3 threads". */
export function countedThreads(of: OfCode, count: number): string {
  return counted(count, worldOf(of).thread);
}

/** Returns "1 machine"; of JavaScript code, where one group of threads is not worth a word, "2 groups" at most. */
export function groupWords(of: OfCode, machines: number): string[] {
  const { group, hasWindows } = worldOf(of);
  return machines === 1 && !hasWindows ? [] : [counted(machines, group)];
}

/** Returns "trial 3 on machine 0"; of JavaScript code "trial 3", and the group where it is not the first one. */
export function trialWords(of: OfCode, trial: number, machine: number): string {
  if (worldOf(of).hasWindows) return `trial ${trial} on machine ${machine}`;
  return machine === 0 ? `trial ${trial}` : `trial ${trial} of group ${machine}`;
}
