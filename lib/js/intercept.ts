/**
 * Puts the operations of this folder in the place of those of `Atomics`, in the thread of a CPU and in no other. Called by memory.ts.
 *
 * Packages may take operations off `Atomics` when they are imported, so it is done as soon as this module is loaded in such a thread. Up
 * to the first trial, between trials and for other memory each hands over to the engine's at once.
 */

import type { Cpu } from '../machine/cpu.js';
import { isCpuThread } from '../race/cpuThread.js';
import { operationsOf, type Operations } from './atomics.js';
import type { SharedBuffer } from './buffers.js';
import { Futex, type Sleepers } from './futex.js';
import { refuseDeferredWork } from './deferred.js';
import { real } from './real.js';
import { Seam } from './seam.js';

/** What stands in the place of `Atomics` in this thread. */
export class Interception {
  readonly seam = new Seam();
  readonly #futex = new Futex(this.seam);
  readonly #operations: Operations;

  constructor() {
    const { wait, notify } = { wait: this.#futex.wait.bind(this.#futex), notify: this.#futex.notify.bind(this.#futex) };
    this.#operations = { ...operationsOf(this.seam), wait, notify };
  }

  install(): void {
    Object.assign(Atomics, this.#operations);
  }

  /** Takes up the memory of a test. `sleepers`: null where the engine's own waits are used. */
  join(cpu: Cpu, buffers: readonly SharedBuffer[], sleepers: Sleepers | null): void {
    this.install();
    refuseDeferredWork(this.seam, cpu);
    this.seam.join(cpu, buffers);
    if (sleepers !== null) this.#futex.join(cpu, sleepers);
  }

  leave(): void {
    this.seam.leave();
    this.#futex.leave();
    Object.assign(Atomics, real);
  }
}

/** The one of this thread. */
export const interception = new Interception();

if (isCpuThread()) interception.install();
