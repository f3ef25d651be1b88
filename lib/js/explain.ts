/** Explains a failure in the words of the code under test. Called on the host by memory.ts. */

import { ACTIVITY } from '../machine/outcome.js';
import {
  ACTOR_THREW,
  ASYNC_CODE,
  DEADLOCK,
  LIVELOCK,
  LOST_WAKE_UP,
  STARVATION,
  STUCK_WORKER,
  UNDONE_PROOF,
} from '../machine/signatures.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import { readSleep, type Sleep } from './witness.js';

/** Folders of the library itself, whose frames stand around the code under test, whether or not Node maps them to the sources. */
const COMPILED = decodeURIComponent(new URL('..', import.meta.url).pathname);
const OURS = [COMPILED, COMPILED.replace(/dist\/(lib\/)$/, '$1')];

/** Returns a headline and sentences about a failure that the machine has found; empty for one that the test itself has. */
export function explainOwnFailure(
  control: Int32Array,
  s: Snapshot,
  thrown: string,
  nameOf: (byte: number) => string,
): readonly string[] {
  if (s.signature === ACTOR_THREW) return [`${s.cpus[s.cpu].comm} threw ${thrown}`];
  if (s.signature === ASYNC_CODE) return [s.message];
  if (!s.claimed) return [];
  const [d0, d1, d2, d3] = s.detail;
  switch (s.signature) {
    case LOST_WAKE_UP:
    case DEADLOCK:
      return explainSleeps(control, s, nameOf);
    case STUCK_WORKER:
      return stuckLines(s, d0, d2 !== 0);
    case LIVELOCK:
      return [
        `LIVELOCK: threads run, and the trial does not end; ${d1} ms of CPU time of ${s.cpus[d0].comm} alone`,
        ...stateLines(s),
      ];
    case STARVATION:
      return [
        `STARVATION: ${s.cpus[s.cpu].comm} waits while others run; ${d3} ms, and the trial has not ended`,
        ...stateLines(s),
      ];
    case UNDONE_PROOF:
      return [
        'UNDONE PROOF: a thread was proved to sleep for ever, and has been woken',
        '  somebody beside the actors uses the memory: say so with outside: true',
      ];
    default:
      return [];
  }
}

/** Explains a thread that was ended: a sleep that no operation of ours has begun is in the engine, where nobody can prove anything. */
function stuckLines(s: Snapshot, id: number, wasAsleep: boolean): string[] {
  const { comm } = s.cpus[id];
  if (!wasAsleep)
    return [
      `STUCK WORKER: ${comm} ran on without an operation of Atomics on the shared memory; its thread was ended and replaced`,
      ...stateLines(s),
    ];
  const others = s.cpus.filter((cpu) => cpu.id !== id && cpu.activity === ACTIVITY.RUNNING);
  return [
    others.length === 0
      ? `LOST WAKE-UP, observed and not proved: ${comm} slept in the kernel when all others had ended; its thread was ended and replaced`
      : `STUCK WORKER: ${comm} slept in the kernel; its thread was ended and replaced`,
    ...stateLines(s),
  ];
}

function stateLines(s: Snapshot): string[] {
  return s.cpus.map(
    ({ comm, activity }) => `  ${comm} ${activity === ACTIVITY.RUNNING ? 'is in its actor' : ended(activity)}`,
  );
}

function ended(activity: number): string {
  return activity === ACTIVITY.DEAD ? 'has thrown' : 'has ended';
}

function explainSleeps(control: Int32Array, s: Snapshot, nameOf: (byte: number) => string): string[] {
  const sleeps = s.cpus.map(({ id }) => readSleep(control, id, s.signature));
  const title =
    s.signature === LOST_WAKE_UP
      ? 'LOST WAKE-UP: a thread sleeps in Atomics.wait, and nobody is left who could wake it'
      : 'DEADLOCK: all threads sleep in Atomics.wait, and each would have to be woken by another one';
  return [
    title,
    ...s.cpus.flatMap((cpu, i) => sleepLines(cpu, sleeps[i], nameOf)),
    '  no wake-up is under way: when the last of them began to sleep, all others had ended or slept',
  ];
}

function sleepLines(cpu: CpuSnapshot, sleep: Sleep | undefined, nameOf: (byte: number) => string): string[] {
  if (sleep === undefined) return [`  ${cpu.comm} ${ended(cpu.activity)}`];
  const { byte, expected, found } = sleep;
  const name = nameOf(byte);
  const value =
    found === expected ? `it is ${found}, as expected` : `it is ${found}, and was ${expected} when the sleep began`;
  return [`  ${cpu.comm} sleeps on ${name}: ${value}`, ...theirFrames(sleep.frames).map((frame) => `    ${frame}`)];
}

/** Returns the frames from the wait to the actor, those of packages included. */
function theirFrames(frames: readonly string[]): string[] {
  const isOurs = (frame: string): boolean => OURS.some((folder) => frame.includes(folder));
  const first = frames.findIndex((frame) => !isOurs(frame));
  const end = frames.findIndex((frame, i) => i > first && isOurs(frame));
  return first < 0 ? [] : frames.slice(first, end < 0 ? undefined : end).map((frame) => frame.trim());
}
