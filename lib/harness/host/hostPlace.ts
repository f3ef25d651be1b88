/**
 * Where the host's thread is in code of a race, in memory that another thread can see: a call that stays in the kernel
 * ends only with the process (lib/cli/hostWatch.ts). Written by raceCall.ts and by lib/cli/chooseRace.ts.
 */

import { ownTid } from '../ownTid.js';

/** The words of the place. */
export const HOST_PLACE_WORD = Object.freeze({
  /** Changes with each change of the place. */
  changes: 0,
  /** Bytes of its name; 0 where the thread is in no code of a race. */
  bytes: 1,
  /** The thread by the host's number. */
  tid: 2,
  /** Where the name begins. */
  name: 4,
} as const);

const NAME_BYTES_MAX = 240;
const NAME_AT = 4 * HOST_PLACE_WORD.name;

/** The place of this process's main thread. */
export const HOST_PLACE = new SharedArrayBuffer(NAME_AT + NAME_BYTES_MAX);

const words = new Int32Array(HOST_PLACE);
const name = Buffer.from(HOST_PLACE, NAME_AT, NAME_BYTES_MAX);

/** Shows that the host's thread is in `what` from now on; null where it is in its own code. */
export function showHostPlace(what: string | null): void {
  // No name is seen while it is written.
  Atomics.store(words, HOST_PLACE_WORD.bytes, 0);
  Atomics.add(words, HOST_PLACE_WORD.changes, 1);
  if (what === null) return;
  words[HOST_PLACE_WORD.tid] = ownThread();
  Atomics.store(words, HOST_PLACE_WORD.bytes, name.write(what));
}

let tid = -1;

function ownThread(): number {
  if (tid < 0) tid = ownTid();
  return tid;
}
