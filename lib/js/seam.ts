/**
 * Where the code under test and the machine meet: each operation on the test's memory is a boundary of the machine's CPU and a record
 * of it. One for each thread, made by intercept.ts; atomics.ts and futex.ts go through it, member.ts says when a trial runs.
 */

import type { Cpu } from '../machine/cpu.js';
import { OWN_WORDS } from '../machine/layout.js';
import { OP } from '../machine/recorder.js';
import { Delays } from './delays.js';
import { Repeats } from './repeats.js';
import type { SharedBuffer } from './buffers.js';

/** Arrays whose elements `Atomics` takes. */
export type IntegerArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** What of an array is the test's, or is not: looked up once for each array. */
interface Place {
  /** The number of its first byte, as records have it; negative if it is not the test's. */
  readonly first: number;
  /** How many places an index is shifted to count bytes. */
  readonly shift: number;
  /** Whether its elements are 32-bit words. */
  readonly isWords: boolean;
}

const ELSEWHERE: Place = Object.freeze({ first: -1, shift: 0, isWords: true });

/** What stands in for `Atomics` in one thread. Its fields are read in front of each operation, so they are plain. */
export class Seam {
  /** Whether a trial runs: whatever is called at other times goes to the engine. */
  isOn = false;
  /** Whether actors are awaited, so that they may leave something to do later. */
  isAwaited = false;
  cpu: Cpu | null = null;
  delays: Delays | null = null;
  /** The array that was used last in this trial, its place, and whether its elements are 32-bit words. */
  array: unknown = null;
  first = -1;
  shift = 0;
  isWords = true;
  /** The same array, if its elements are 32-bit words of the test; null otherwise: one look tells what most operations ask. */
  words: unknown = null;
  /** The machine's memory, the word in it that has requests of the CPU, and operations up to the next delay. */
  mem: Int32Array = new Int32Array(1);
  requests: Int32Array = new Int32Array(1);
  left = -1;
  isRecording = false;
  base = 0;
  push: Cpu['isa']['record'] = () => undefined;
  #buffers: readonly SharedBuffer[] = [];
  #repeats = new Repeats(() => undefined);
  #leavesOut = false;
  #places = new WeakMap<object, Place>();
  #kept: unknown = null;

  /** Takes up the memory of a test, for a thread that is this CPU. */
  join(cpu: Cpu, buffers: readonly SharedBuffer[]): void {
    this.cpu = cpu;
    this.delays = new Delays(cpu);
    this.mem = cpu.mem;
    this.requests = new Int32Array(cpu.mem.buffer, cpu.mem.byteOffset + 4 * cpu.irr, 1);
    this.base = cpu.base;
    this.push = cpu.isa.record;
    this.isRecording = cpu.recording;
    this.#buffers = buffers;
    this.#places = new WeakMap();
    this.#stand(null);
    this.#kept = null;
    this.first = -1;
    this.#repeats = new Repeats((head, address, value) => this.push(this.base, head, address, value, value));
  }

  leave(): void {
    this.isOn = false;
    this.cpu = null;
    this.delays = null;
    this.#stand(null);
    this.#kept = null;
    this.#buffers = [];
  }

  /** Begins a trial: the operations that follow are its own. */
  begin(): void {
    const { cpu, delays } = this;
    if (cpu === null || delays === null) return;
    this.#repeats.forget();
    // In a replay each read has its turn.
    this.#leavesOut = cpu.lockstep === null;
    this.left = delays.begin(this.left);
    this.#stand(this.#kept);
    this.isOn = true;
  }

  end(): void {
    if (!this.isOn) return;
    this.isOn = false;
    // Outside of a trial no array is that one, so no operation has to ask whether one runs.
    this.#kept = this.array;
    this.#stand(null);
    this.#repeats.end();
  }

  /** Returns the number by which records name an element; negative if it is not the test's, or no trial runs. */
  at(array: IntegerArray, index: number): number {
    if (array !== this.array) {
      // The machine's own words come between the operations of the test: its waits and meetings use the same Atomics.
      if (!this.isOn || array === this.mem) return -1;
      this.#use(array);
    }
    return this.first < 0 ? -1 : this.first + (index << this.shift);
  }

  #use(array: IntegerArray): void {
    const place = this.#places.get(array) ?? this.#look(array);
    this.first = place.first;
    this.shift = place.shift;
    this.isWords = place.isWords;
    this.#stand(array);
  }

  /** Notes the array that is used, whose place is known; null where none is. */
  #stand(array: unknown): void {
    this.array = array;
    this.words = this.first >= 0 && this.isWords ? array : null;
  }

  /** Returns the number of an element of `words`. */
  atWord(index: number): number {
    return this.first + (index << 2);
  }

  #look(array: IntegerArray): Place {
    if (!ArrayBuffer.isView(array)) return ELSEWHERE;
    const { buffer, byteOffset, BYTES_PER_ELEMENT: bytes } = array;
    const own = this.#buffers.find((one) => one.buffer === buffer || one.memory?.buffer === (buffer as unknown));
    const isWords = array instanceof Int32Array || array instanceof Uint32Array;
    const place =
      own === undefined
        ? ELSEWHERE
        : { first: OWN_WORDS + own.first + byteOffset, shift: 31 - Math.clz32(bytes), isWords };
    this.#places.set(array, place);
    return place;
  }

  /** An instruction boundary: takes what is requested of the CPU, and passes time now and then. */
  boundary(): void {
    if (this.requests[0] !== 0 || --this.left === 0) this.#unusual();
  }

  #unusual(): void {
    if (this.left === 0 && this.delays !== null) this.left = this.delays.pass();
    if (this.cpu !== null && this.requests[0] !== 0) this.cpu.trap(this.cpu);
  }

  /** Records an operation that is done. */
  record(op: number, at: number, before: number, after: number): void {
    if (!this.isRecording) return;
    if (before === after && this.#leavesOut) this.#repeats.read(op, at, before);
    else this.recordAlone(op, at, before, after);
  }

  /** Records what is none of a loop of reads: a part of a wait or of a notification. */
  recordAlone(op: number, at: number, before: number, after: number): void {
    if (this.#repeats.hasRow) this.#repeats.end();
    this.push(this.base, op, at, before, after);
  }
}

/** Returns 32 bits of a value as an array of this kind holds it: the low ones of a longer one. */
export function bitsOf(array: IntegerArray, value: number | bigint): number {
  const kept = new (array.constructor as new (values: unknown[]) => IntegerArray)([value]);
  const [held] = kept;
  return typeof held === 'bigint' ? Number(BigInt.asIntN(32, held)) : held | 0;
}

export { OP };
