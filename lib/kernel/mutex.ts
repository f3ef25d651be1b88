/** Mutexes of the kernel: who waits sleeps, and a task owns it, wherever it runs. Called on a CPU's thread by races. */

import { READ_ONCE, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { forgetHeld, noteHeld } from '../machine/heldLocks.js';
import { die } from '../machine/outcome.js';
import { UNLOCK_NOT_OWNER } from '../machine/signatures.js';
import { HOLDER, waitForHolder } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { classOf } from './lockClass.js';
import { lockAcquire, lockAcquireNested, lockTried } from './lockdep.js';
import { might_sleep } from './mightSleep.js';

/** The word of a mutex: the CPU that its owner began on, plus one; 0 if it is free. */
export const MUTEX = struct({ owner: WORD });

/**
 * Takes a mutex, and sleeps until it can be had.
 *
 * @kernel mutex_lock, kernel/locking/mutex.c. Differs: who comes next of those that wait is not the one who came first.
 */
export function mutex_lock(cpu: Cpu, lock: number): void {
  might_sleep(cpu, 'mutex_lock');
  take(cpu, lock, lockAcquire(cpu, lock));
}

/**
 * Takes a mutex while the task has another one of its class, in an order that the caller keeps to.
 *
 * @kernel mutex_lock_nested, include/linux/mutex.h
 */
export function mutex_lock_nested(cpu: Cpu, lock: number, subclass: number): void {
  might_sleep(cpu, 'mutex_lock_nested');
  take(cpu, lock, lockAcquireNested(cpu, lock, subclass));
}

/**
 * Takes a mutex if it is free. A loop of it, as one of reads, is a wait for the owner's word.
 *
 * @kernel mutex_trylock, kernel/locking/mutex.c
 */
export function mutex_trylock(cpu: Cpu, lock: number): boolean {
  if (READ_ONCE(cpu, lock) !== 0) return false;
  if (cmpxchg(cpu, lock, 0, cpu.home + 1) !== 0) return false;
  const lockClass = classOf(cpu, lock);
  noteHeld(cpu, lock, lockClass);
  lockTried(cpu, lockClass);
  return true;
}

/**
 * @kernel mutex_unlock, kernel/locking/mutex.c. Another task's mutex kills the CPU (I19).
 */
export function mutex_unlock(cpu: Cpu, lock: number): void {
  const mine = cpu.home + 1;
  const owner = cmpxchg(cpu, lock, mine, 0);
  if (owner !== mine || !forgetHeld(cpu, lock))
    die(cpu, UNLOCK_NOT_OWNER, 'I19: mutex_unlock of a mutex that this task does not own', lock, owner - 1);
}

function take(cpu: Cpu, lock: number, lockClass: number): void {
  const mine = cpu.home + 1;
  for (let owner = cmpxchg(cpu, lock, 0, mine); owner !== 0; owner = cmpxchg(cpu, lock, 0, mine))
    waitForHolder(cpu, lock, -1, owner, owner - 1, HOLDER.NEGATE | HOLDER.IS_TASK);
  noteHeld(cpu, lock, lockClass);
}
