/**
 * Handles exceptions that the code of a race throws. Called on the CPU's thread by lib/harness/cpu/trial.ts and
 * meeting.ts; read on the host by lib/harness/host/failureReports.ts.
 *
 * An exception that comes out of the code of a race is an outcome of its trial, as an oops is: the CPU dies with all that it
 * holds. The first one of a machine leaves what was thrown and its JavaScript stack in shared memory, for the report.
 */

import { wantsCapture } from './capture.js';
import type { Cpu } from './cpu.js';
import { RunFault } from './fault.js';
import { CPU, THROWN, THROWN_CHARS_MAX } from './layout.js';
import type { MachineMap } from './map.js';
import { OP, record } from './recorder.js';
import { ACTOR_THREW } from './signatures.js';
import { ABANDONED, ACTIVITY, fail, isLeaving, signatureIndex } from './outcome.js';
import { isCaptured } from './snapshot.js';

/** What was thrown, in words, and where: one line for each frame of the JavaScript stack, innermost first. */
export interface Thrown {
  readonly what: string;
  readonly frames: readonly string[];
}

/**
 * Fails the trial because the code of the race has thrown `thrown`, in an actor or in a handler. A fault that ends the run
 * is thrown on. Called wherever that code was called, with everything that comes out of it but ABANDONED.
 */
export function threw(cpu: Cpu, thrown: unknown): void {
  if (thrown instanceof RunFault) throw thrown;
  // It is the machine's own, in other words.
  if (isLeaving(cpu)) return;
  try {
    dieOf(cpu, thrown);
  } catch (left) {
    // A run by a script may be over before the CPU has its turn to fail.
    if (left !== ABANDONED) throw left;
  }
}

function dieOf(cpu: Cpu, thrown: unknown): void {
  cpu.mem[cpu.block + CPU.activity] = ACTIVITY.DEAD;
  const index = signatureIndex(cpu, ACTOR_THREW);
  const first = !isCaptured(cpu.mem, cpu.map, index);
  // Nobody reads the message of the others, and to make one takes longer than many a trial.
  const message = first || wantsCapture(cpu.mem, cpu.map, index) ? wordsOf(thrown) : '';
  if (fail(cpu, ACTOR_THREW, message) && first) writeThrown(cpu, `${wordsOf(thrown)}\0${stackOf(thrown)}`);
  record(cpu, OP.DIED, 0, 0, 0);
}

/** Describes what was thrown, in one line: anything can be. */
export function wordsOf(thrown: unknown): string {
  try {
    if (typeof thrown !== 'object' || thrown === null) return String(thrown);
    const { name, message } = thrown as Partial<Error>;
    return message === undefined ? JSON.stringify(thrown) : `${name ?? 'Error'}: ${message}`;
  } catch {
    return 'something that cannot be put into words';
  }
}

/** Returns the frames as the engine writes them; empty for what has none. */
export function stackOf(thrown: unknown): string {
  try {
    const { stack } = thrown as Error;
    return typeof stack === 'string' ? stack.slice(stack.search(/^ +at /m)) : '';
  } catch {
    return '';
  }
}

/** Writes the text of the first exception. Only the CPU whose outcome stands does so: nobody reads before CPU 0 has captured the trial. */
function writeThrown({ mem, map }: Cpu, text: string): void {
  const length = Math.min(text.length, THROWN_CHARS_MAX);
  mem[map.thrown + THROWN.length] = length;
  for (let i = 0; i < length; i += 2)
    mem[map.thrown + THROWN.chars + i / 2] = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
}

/** Reads what `threw` has left; undefined if nothing was thrown. */
export function readThrown(mem: Int32Array, map: MachineMap): Thrown | undefined {
  const length = Math.min(Math.max(0, mem[map.thrown + THROWN.length]), THROWN_CHARS_MAX);
  if (length === 0) return undefined;
  let text = '';
  for (let i = 0; i < length; i++)
    text += String.fromCharCode(mem[map.thrown + THROWN.chars + (i >> 1)] >>> (16 * (i & 1)));
  const [what, stack = ''] = text.split('\0');
  return {
    what,
    frames: stack
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  };
}
