/**
 * The kernel's waits for a word. Called on a CPU's thread by races.
 */

import type { Cpu } from '../machine/cpu.js';
import { sleepOn, wait_on, type WaitOptions } from '../machine/waitOn.js';

/**
 * Waits until the bits of `mask` are `value`, and returns the word that ended the wait. All accesses are sequentially
 * consistent, so the load orders what follows as an acquire does. With `negate` it waits until they are anything else.
 *
 * @kernel smp_cond_load_acquire, include/asm-generic/barrier.h. Differs: the condition is a mask and a value, so that a report can say
 * what was waited for.
 */
export function smp_cond_load_acquire(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  options?: WaitOptions,
): number {
  return wait_on(cpu, address, mask, value, options);
}

/**
 * Waits until a bit of the word is clear.
 *
 * @kernel wait_on_bit, include/linux/wait_bit.h. Differs: no mode, since nothing interrupts the wait, and so it returns nothing.
 */
export function wait_on_bit(cpu: Cpu, address: number, bit: number, options?: WaitOptions): void {
  if (!Number.isInteger(bit) || bit < 0 || bit > 31)
    throw new RangeError(`wait_on_bit: bit ${bit}, a word has bits 0 to 31`);
  sleepOn(cpu, address, 1 << bit, 0, options);
}
