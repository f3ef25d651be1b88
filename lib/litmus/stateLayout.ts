/**
 * Where the parts of a state lie, which is a row of words: memory, then each thread with its position, registers, store buffer and what
 * RCU must know of it. Called by transitions.ts.
 */

import type { LitmusProgram, Operation, Thread } from './program.js';

/** Stores that a thread with a loop can have in its buffer. */
const BUFFERED_MAX = 16;

const RCU: readonly string[] = ['rcuLock', 'rcuUnlock', 'graceStart', 'graceEnd'] satisfies Operation['kind'][];

export interface ThreadLayout {
  readonly position: number;
  readonly registers: number;
  /** Stores in the buffer. */
  readonly buffered: number;
  /** Location and value of each store, the oldest first. */
  readonly stores: number;
  readonly storesMax: number;
  /** Read-side sections that it is in. */
  readonly nesting: number;
  /** Stores in the buffer that it made before the end of its last section. */
  readonly beforeUnlock: number;
  /** For each thread, what a grace period of this one waits for: INSIDE, or stores in that thread's buffer. */
  readonly grace: number;
}

/** A grace period waits for the end of a section. */
export const INSIDE = -1;

export interface LitmusLayout {
  readonly words: number;
  readonly threads: readonly ThreadLayout[];
}

/** Lays out the states of a program. `hasBuffers`: whether threads have store buffers. */
export function layOut({ locations, threads }: LitmusProgram, hasBuffers: boolean): LitmusLayout {
  const usesRcu = threads.some(({ operations }) => operations.some(({ kind }) => RCU.includes(kind)));
  let words = locations.length;
  const take = (count: number): number => {
    const at = words;
    words += count;
    return at;
  };
  const laidOut = threads.map((thread): ThreadLayout => {
    const storesMax = hasBuffers ? mostStores(thread) : 0;
    return {
      position: take(1),
      registers: take(thread.registerCount),
      buffered: take(storesMax > 0 ? 1 : 0),
      stores: take(2 * storesMax),
      storesMax,
      nesting: take(usesRcu ? 1 : 0),
      beforeUnlock: take(usesRcu ? 1 : 0),
      grace: take(usesRcu ? threads.length : 0),
    };
  });
  return { words, threads: laidOut };
}

/** Returns how many stores can be in the buffer of a thread. */
function mostStores({ operations }: Thread): number {
  const stores = operations.filter(({ kind }) => kind === 'store' || kind === 'unlock').length;
  const hasLoop = operations.some((operation, i) => operation.kind === 'jump' && operation.target <= i);
  return hasLoop && stores > 0 ? BUFFERED_MAX : stores;
}
