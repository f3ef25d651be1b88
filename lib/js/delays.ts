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
/** Operations between two delays of a trial with many, at most. */
const GAP_MAX = 8;

/** Where one thread passes time in a trial. */
export class Delays {
  readonly #cpu: Cpu;
  #random = 1;
  /** Operations that the trials of this thread have, about. */
  #span = FIRST_SPAN;
  /** Operations of this trial in front of those that are counted down, and how many those are. */
  #made = 0;
  #drawn = 0;
  /** Operations between two delays of this trial, at most. */
  #gap = 1;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  /**
   * Draws for a trial which of its operations are delayed. None in one of four, so that threads meet undelayed as well; about one in two
   * of four; many in one of four: what takes several threads, each at a place of its own, comes by no single delay. Returns how many
   * operations there are up to the first, negative for none. `left`: what was left of that in the trial before.
   */
  begin(left: number): number {
    const { mem, block, lockstep } = this.#cpu;
    const made = this.#made + this.#drawn - left;
    if (made > this.#span) this.#span = Math.min(SPAN_MAX, made);
    else if (this.#span > FIRST_SPAN && (this.#random & 63) === 0) this.#span--;
    this.#random = mem[block + CPU.chance] | 1;
    this.#made = 0;
    const mode = this.#next() & 3;
    const span = this.#span;
    this.#gap = mode === 1 ? 1 + ((this.#next() >>> 1) % GAP_MAX) : 2 * span;
    const first = mode === 1 ? this.#gap : span;
    this.#drawn = lockstep !== null || mode === 0 ? -1 : 1 + ((this.#next() >>> 1) % first);
    return this.#drawn;
  }

  /** Passes the time that is drawn for the operation; returns how many operations there are up to the next that is delayed. */
  pass(): number {
    this.#wait(0);
    this.#made += this.#drawn;
    return (this.#drawn = 1 + ((this.#next() >>> 1) % this.#gap));
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
