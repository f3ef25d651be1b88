/**
 * Random delays between the operations of the code under test: they bring about orders that no free run meets. Drawn on each CPU's
 * thread for each trial, from its seed; called by seam.ts and futex.ts.
 */

import type { Cpu } from '../machine/cpu.js';
import { CPU } from '../machine/layout.js';
import { spin } from '../machine/windows.js';

/** The windows of such a race: in front of an operation, and in front of a notification. Tuned as those of other races. */
export const WINDOWS = ['operation', 'notify'] as const;
export const DELAYS = Object.freeze({
  operation: Object.freeze({ min: 0, max: 6000 }),
  notify: Object.freeze({ min: 0, max: 6000 }),
});

/** Operations of a trial behind which none is delayed, until more have been seen. */
const FIRST_SPAN = 8;
const SPAN_MAX = 4096;

/** Where one thread passes time in a trial. */
export class Delays {
  readonly #cpu: Cpu;
  #random = 1;
  /** Operations that the trials of this thread have, about. */
  #span = FIRST_SPAN;
  #drawn = 0;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  /**
   * Draws for a trial which of its operations is delayed: none in one of four, so that threads meet undelayed as well. Returns how many
   * operations there are up to that one, negative for none. `left`: what was left of that in the trial before.
   */
  begin(left: number): number {
    const { mem, block, lockstep } = this.#cpu;
    const made = this.#drawn - left;
    if (made > this.#span) this.#span = Math.min(SPAN_MAX, made);
    else if (this.#span > FIRST_SPAN && (this.#random & 63) === 0) this.#span--;
    this.#random = mem[block + CPU.chance] | 1;
    this.#drawn = lockstep !== null || (this.#next() & 3) === 0 ? -1 : 1 + ((this.#next() >>> 1) % this.#span);
    return this.#drawn;
  }

  /** Passes the time that is drawn for the operation; returns how many operations there are up to the next that is delayed. */
  pass(): number {
    this.#wait(0);
    const left = 1 + ((this.#next() >>> 1) % (2 * this.#span));
    this.#drawn = left + this.#span;
    return left;
  }

  /** Passes time in front of a notification, in two of three. */
  passAtNotify(): void {
    if (this.#cpu.lockstep === null && (this.#next() >>> 1) % 3 !== 0) this.#wait(1);
  }

  #wait(window: number): void {
    const cpu = this.#cpu;
    // Short ones as often as long ones: a window of ten instructions is missed by all long ones.
    const spins = cpu.drawDelay(window) >>> ((this.#next() >>> 3) % 8);
    if (spins <= 0) return;
    if (cpu.relay !== null && cpu.id === cpu.home) cpu.waiter.letPass(cpu.relay.over);
    spin(cpu, spins);
  }

  #next(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (this.#random = x);
  }
}
