/** What the arguments of `Atomics.wait` and `Atomics.notify` mean, as the engine takes them. Called by futex.ts and explored/. */

import { bitsOf } from './seam.js';

/** Returns whether threads may sleep on elements of this array. */
export function isSleepable(array: unknown): boolean {
  return array instanceof Int32Array || array instanceof BigInt64Array;
}

/** Returns the value that a wait expects, as the array holds it. */
export function expectedBy(array: Int32Array, value: number): number {
  return array instanceof Int32Array ? value | 0 : (BigInt.asIntN(64, BigInt(value)) as never);
}

export function bitsIn(array: Int32Array, value: number): number {
  return array instanceof Int32Array ? value : bitsOf(array, value);
}

/** Returns how long a timeout is: code in JavaScript gives anything. */
export function millisecondsOf(timeout: unknown): number {
  const ms = timeout === undefined ? Infinity : Number(timeout);
  return Number.isNaN(ms) ? Infinity : Math.max(0, ms);
}

/** Returns how many sleepers a notification wakes at most. */
export function wakesAtMost(count: unknown): number {
  return Math.max(0, Math.trunc(Number(count)) || 0);
}

/** Words of an instance that have the sleepers: those on one word of the test are in one of them. */
export const QUEUES = 29;

/** Returns which of the words has the sleepers on this word of the test. `at`: its byte. */
export function queueOf(at: number): number {
  return wordOfTest(at) % QUEUES;
}

/** Returns the number of the word of the test with this byte. */
export function wordOfTest(at: number): number {
  return at >>> 2;
}
