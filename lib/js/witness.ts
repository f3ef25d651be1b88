/**
 * Keeps where a thread slept that was proved to sleep for ever. Called on the CPU's thread by futex.ts, while the stack of the code
 * under test is still there; read on the host by explain.ts.
 */

import { outcomeSignature, isLeaving } from '../machine/outcome.js';
import type { Cpu } from '../machine/cpu.js';
import { DEADLOCK, LOST_WAKE_UP } from '../machine/signatures.js';
import { isCaptured } from '../machine/snapshot.js';
import { stackOf } from '../machine/thrown.js';
import { OWN_WORDS } from '../machine/layout.js';
import { ASLEEP, MEMBER, STACK_CHARS, memberAt, readChars, writeChars } from './control.js';

/** Frames that are kept: a stack of packages is deep. */
const FRAMES_MAX = 40;

/** The hangs of which each sleeper tells, in the order in which they are kept. */
const TOLD: readonly string[] = [LOST_WAKE_UP, DEADLOCK];

/** Where a thread slept, as the host reads it. */
export interface Sleep {
  readonly byte: number;
  readonly expected: number;
  readonly found: number;
  readonly frames: readonly string[];
}

/** Writes into the words that the threads share. */
export class SleepWitness {
  readonly #control: Int32Array;

  constructor(control: Int32Array) {
    this.#control = control;
  }

  /** Tells where the thread sleeps, if its trial is the first that failed like that. */
  tell(cpu: Cpu, at: number, expected: number, found: number): void {
    if (!isLeaving(cpu)) return;
    const index = outcomeSignature(Atomics.load(cpu.mem, cpu.outcome));
    const which = TOLD.indexOf(cpu.signatures[index]);
    if (which < 0 || isCaptured(cpu.mem, cpu.map, index)) return;
    const to = placeOf(cpu.home, which);
    const control = this.#control;
    control[to + ASLEEP.expected] = expected;
    control[to + ASLEEP.found] = found;
    control[to + ASLEEP.length] = writeChars(control, to + ASLEEP.stack, stackHere(), STACK_CHARS);
    control[to + ASLEEP.at] = at - OWN_WORDS + 1;
  }
}

function placeOf(thread: number, which: number): number {
  return memberAt(thread) + MEMBER.asleep + which * ASLEEP.WORDS;
}

function stackHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const stack = stackOf(new Error('asleep'));
  Error.stackTraceLimit = limit;
  return stack;
}

/** Reads where a thread slept in the first failure of this signature; undefined if it was not asleep. */
export function readSleep(control: Int32Array, thread: number, signature: string): Sleep | undefined {
  const which = TOLD.indexOf(signature);
  const at = placeOf(thread, which);
  if (which < 0 || control[at + ASLEEP.at] === 0) return undefined;
  return {
    byte: control[at + ASLEEP.at] - 1,
    expected: control[at + ASLEEP.expected],
    found: control[at + ASLEEP.found],
    frames: readChars(control, at + ASLEEP.stack, control[at + ASLEEP.length]).split('\n'),
  };
}
