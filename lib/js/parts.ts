/** What the threads of a test share: made on the host for each run, cloned to each CPU's thread. Called by memory.ts. */

import { RaceFault } from '../race/raceFault.js';
import { wordsOf } from '../machine/thrown.js';
import { sharedBuffers, type SharedBuffer } from './buffers.js';
import { controlWords } from './control.js';
import { takePorts, type PortList } from './ports.js';

/** What each thread is sent. */
export interface TestParts {
  /** The words of control.ts. */
  readonly control: SharedArrayBuffer;
  /** What `share` has returned. */
  readonly shared: unknown;
  /** The bytes of each buffer as `share` has left them; null if `before` brings them into their first state. */
  readonly image: readonly Uint8Array[] | null;
  /** Ports, by the list that each is in; on a thread its own. */
  readonly ports: readonly PortList[];
  /** Values that the first trial begins with, by their bytes; empty but in a replay. */
  readonly first: readonly (readonly [number, number])[];
}

/** Bytes that are brought back before each trial, where the test has no `before`. */
export const IMAGE_BYTES_MAX = 65_536;

/** Makes what the threads of one run share. Throws RaceFault, one line, for what cannot be shared. */
export function makeParts(name: string, shared: unknown, threads: number, hasBefore: boolean): TestParts {
  const wrong = (what: string): never => {
    throw new RaceFault(`race ${name}: share() ${what}`);
  };
  if (typeof shared === 'object' && shared !== null && 'then' in shared)
    wrong('returned a promise: what it waits for belongs in front of hammer(), with a top-level await');
  const ports = takePorts(name, shared, threads);
  try {
    structuredClone(shared);
  } catch (thrown) {
    wrong(`returned what cannot be cloned to a thread: ${wordsOf(thrown)}`);
  }
  const buffers = sharedBuffers(shared);
  if (buffers.length === 0) wrong('returned no SharedArrayBuffer: nothing is shared');
  const bytes = buffers.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  if (!hasBefore && bytes > IMAGE_BYTES_MAX)
    wrong(
      `returned ${bytes} bytes, and without before() at most ${IMAGE_BYTES_MAX} are brought back before each trial`,
    );
  return {
    control: new SharedArrayBuffer(4 * controlWords(threads)),
    shared,
    ports,
    image: hasBefore ? null : buffers.map(({ buffer }) => new Uint8Array(buffer).slice()),
    first: [],
  };
}

/** Writes a value where records name its byte: the 32 bits that records have of it. */
export function writeBits(buffers: readonly SharedBuffer[], byte: number, value: number): void {
  const own = buffers.find(({ first, buffer }) => byte >= first && byte < first + buffer.byteLength);
  if (own === undefined || (byte - own.first) % 4 !== 0) return;
  Atomics.store(new Int32Array(own.buffer), (byte - own.first) >> 2, value);
}
