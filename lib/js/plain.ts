/** Sees the plain accesses of instrumented code (lib/instrument), as operations of `Atomics` are seen. Set up by intercept.ts. */

import type { PlainWatch } from '../instrument/plain.js';
import { operationsOfPlain } from './explored/atomics.js';
import type { ExploringSession } from './explored/session.js';
import { real } from './real.js';
import { OP, bitsOf, type IntegerArray, type Seam } from './seam.js';

/** Whether an array has elements that `Atomics` takes, so that a record can have them. */
function isIntegerArray(array: object): array is IntegerArray {
  return !(array instanceof Float32Array || array instanceof Float64Array || array instanceof Uint8ClampedArray);
}

/**
 * Returns what sees them in a trial: each is a boundary, and a record. It is made as the operation of `Atomics` that does the same, so that
 * the record has what it found; what only a processor's store buffer would bring about does not come.
 */
export function recordedPlain(seam: Seam): PlainWatch {
  const place = (array: object, index: number): number => (isIntegerArray(array) ? seam.at(array, index) : -1);
  return {
    sees: (array, index) => place(array, index) >= 0,
    load(given, index) {
      const array = given as Int32Array;
      const at = seam.at(array, index);
      seam.boundary();
      const value = real.load(array, index);
      const bits = seam.isWords ? value | 0 : bitsOf(array, value);
      seam.record(OP.READ, at, bits, bits);
      return value;
    },
    store(given, index, value) {
      const array = given as Int32Array;
      const at = seam.at(array, index);
      seam.boundary();
      const before = real.exchange(array, index, value as number);
      if (seam.isWords) seam.record(OP.WRITE, at, before | 0, (value as number) | 0);
      else seam.record(OP.WRITE, at, bitsOf(array, before), bitsOf(array, value as number));
    },
  };
}

/** Returns what sees them in a search: each is a step. */
export function exploredPlain(session: ExploringSession): PlainWatch {
  const { load, store } = operationsOfPlain(session);
  return {
    sees: (array, index) => isIntegerArray(array) && session.at(array, index) >= 0,
    load: (array, index) => load(array as IntegerArray, index),
    store: (array, index, value) => void store(array as IntegerArray, index, value),
  };
}
