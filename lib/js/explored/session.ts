/**
 * What the operations of `Atomics` ask in the thread of a search: whether an actor runs, and whether an array is of its memory. Made by
 * intercept.ts; memory.ts says who runs.
 */

import type { Cpu } from '../../machine/cpu.js';
import type { ExploredOperation } from '../../machine/explored.js';
import { OWN_WORDS } from '../../machine/layout.js';
import type { SharedBuffer } from '../buffers.js';
import type { IntegerArray } from '../seam.js';
import type { ExploredOperations } from './operations.js';

/** The running actor, if any. */
export class ExploringSession {
  isOn = false;
  /** No actor of a search is awaited. */
  readonly isAwaited = false;
  cpu: Cpu | null = null;
  buffers: readonly SharedBuffer[] = [];
  /** The operations that the search knows; null where none goes on. */
  operations: ExploredOperations | null = null;

  /** Says whose memory the actor has that is about to run. */
  begin(operations: ExploredOperations, buffers: readonly SharedBuffer[]): void {
    this.operations = operations;
    this.buffers = buffers;
  }

  end(): void {
    this.operations = null;
    this.cpu = null;
    this.buffers = [];
  }

  /** Returns the number by which records name an element; negative if it is not the test's, or no actor runs. */
  at(array: IntegerArray, index: unknown): number {
    if (!this.isOn || !ArrayBuffer.isView(array)) return -1;
    const { buffer, byteOffset, BYTES_PER_ELEMENT: bytes } = array;
    const own = this.buffers.find((one) => one.buffer === buffer);
    return own === undefined ? -1 : OWN_WORDS + own.first + byteOffset + Math.trunc(Number(index) || 0) * bytes;
  }

  /** Makes an operation of the running actor; returns its value. */
  make(operation: ExploredOperation): number {
    const explored = this.cpu?.explored ?? null;
    if (explored === null) throw new Error('explore: an operation of nobody');
    return explored.operate(operation);
  }
}
