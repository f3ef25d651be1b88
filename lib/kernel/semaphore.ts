/** Counting semaphores of the kernel, which nobody owns. Called on a CPU's thread by races. */

import { READ_ONCE, atomic_fetch_add, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { sleepOn, type WaitOptions } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { might_sleep } from './mightSleep.js';

/** The word of a semaphore: how many may take it; the race gives it its first value. */
export const SEMAPHORE = struct({ count: WORD });

const UNLESS_ZERO: WaitOptions = Object.freeze({ negate: true });

/**
 * Takes the semaphore, and sleeps until its count is not 0. Anybody may release it, so anybody may end the wait.
 *
 * @kernel down, kernel/locking/semaphore.c. Differs: who comes next of those that wait is not the one who came first.
 */
export function down(cpu: Cpu, sem: number): void {
  might_sleep(cpu, 'down');
  while (!takeOne(cpu, sem)) sleepOn(cpu, sem, -1, 0, UNLESS_ZERO);
}

/**
 * Takes the semaphore if its count is not 0. Returns 0 if it did and 1 if not, unlike all other trylocks.
 *
 * @kernel down_trylock, kernel/locking/semaphore.c
 */
export function down_trylock(cpu: Cpu, sem: number): 0 | 1 {
  return takeOne(cpu, sem) ? 0 : 1;
}

/**
 * @kernel up, kernel/locking/semaphore.c
 */
export function up(cpu: Cpu, sem: number): void {
  atomic_fetch_add(cpu, sem, 1);
}

function takeOne(cpu: Cpu, sem: number): boolean {
  for (let count = READ_ONCE(cpu, sem); count > 0;) {
    const found = cmpxchg(cpu, sem, count, count - 1);
    if (found === count) return true;
    count = found;
  }
  return false;
}
