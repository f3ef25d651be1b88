/** Completions of the kernel: somebody waits until something is done. Called on a CPU's thread by races. */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { sleepOn, type WaitOptions } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { might_sleep } from './mightSleep.js';

/** The word of a completion: how many may go on without waiting. */
export const COMPLETION = struct({ done: WORD });

/** Bit of `done` since complete_all(): it stays so until reinit_completion(), however often complete() is called meanwhile. */
const ALL = 0x40000000;
const UNLESS_ZERO: WaitOptions = Object.freeze({ negate: true });

/**
 * Sleeps until somebody completes it. Anybody may; a proof that nobody will is a lost wake-up.
 *
 * @kernel wait_for_completion, kernel/sched/completion.c
 */
export function wait_for_completion(cpu: Cpu, completion: number): void {
  might_sleep(cpu, 'wait_for_completion');
  while (!try_wait_for_completion(cpu, completion)) sleepOn(cpu, completion, -1, 0, UNLESS_ZERO);
}

/**
 * Takes a completion that is there; returns whether it did.
 *
 * @kernel try_wait_for_completion, kernel/sched/completion.c
 */
export function try_wait_for_completion(cpu: Cpu, completion: number): boolean {
  for (let done = READ_ONCE(cpu, completion); done !== 0;) {
    if ((done & ALL) !== 0) return true;
    const found = cmpxchg(cpu, completion, done, done - 1);
    if (found === done) return true;
    done = found;
  }
  return false;
}

/**
 * Lets one go on, who waits or who comes. In any context.
 *
 * @kernel complete, kernel/sched/completion.c
 */
export function complete(cpu: Cpu, completion: number): void {
  atomic_fetch_add(cpu, completion, 1);
}

/**
 * Lets all go on.
 *
 * @kernel complete_all, kernel/sched/completion.c
 */
export function complete_all(cpu: Cpu, completion: number): void {
  WRITE_ONCE(cpu, completion, ALL);
}

/**
 * @kernel reinit_completion, include/linux/completion.h
 */
export function reinit_completion(cpu: Cpu, completion: number): void {
  WRITE_ONCE(cpu, completion, 0);
}
