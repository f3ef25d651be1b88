/**
 * Reader-writer semaphores of the kernel: fair, and who waits sleeps; tasks own them, wherever they run. Called on a CPU's
 * thread by races.
 */

import { READ_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { forgetHeld, noteHeld } from '../machine/heldLocks.js';
import {
  FAIR_RW,
  OF_TASKS,
  checkFairRw,
  leaveReading,
  leaveWriting,
  takeForReading,
  takeForWriting,
  tryForReading,
  tryForWriting,
} from './fairRw.js';
import { classOf, readClassOf } from './lockClass.js';
import { lockTried, rwlockAcquire } from './lockdep.js';
import { might_sleep } from './mightSleep.js';

/** The words of an rw_semaphore; a free one is all 0. */
export const RW_SEMAPHORE = FAIR_RW;

const WHAT = 'an rw_semaphore';

/**
 * Takes the semaphore for reading, behind a writer who waits: also where the task has it for reading already, which is a
 * deadlock.
 *
 * @kernel down_read, kernel/locking/rwsem.c. Differs: of 24 tasks at most.
 */
export function down_read(cpu: Cpu, sem: number): void {
  checkFairRw(cpu, sem, WHAT);
  might_sleep(cpu, 'down_read');
  const lockClass = readClassOf(cpu, sem, false);
  rwlockAcquire(cpu, lockClass, 0, 0);
  takeForReading(cpu, sem, OF_TASKS, false);
  noteHeld(cpu, sem, lockClass);
}

/**
 * @kernel down_read_trylock, kernel/locking/rwsem.c
 */
export function down_read_trylock(cpu: Cpu, sem: number): boolean {
  checkFairRw(cpu, sem, WHAT);
  if (!tryForReading(cpu, sem, OF_TASKS)) return false;
  noteTried(cpu, sem, readClassOf(cpu, sem, false));
  return true;
}

/**
 * @kernel up_read, kernel/locking/rwsem.c
 */
export function up_read(cpu: Cpu, sem: number): void {
  checkFairRw(cpu, sem, WHAT);
  forgetHeld(cpu, sem);
  leaveReading(cpu, sem, OF_TASKS, 'up_read');
}

/**
 * Takes the semaphore for writing.
 *
 * @kernel down_write, kernel/locking/rwsem.c. Differs: of 24 tasks at most.
 */
export function down_write(cpu: Cpu, sem: number): void {
  checkFairRw(cpu, sem, WHAT);
  might_sleep(cpu, 'down_write');
  const lockClass = classOf(cpu, sem);
  rwlockAcquire(cpu, lockClass, 0, 0);
  takeForWriting(cpu, sem, OF_TASKS);
  noteHeld(cpu, sem, lockClass);
}

/**
 * @kernel down_write_trylock, kernel/locking/rwsem.c
 */
export function down_write_trylock(cpu: Cpu, sem: number): boolean {
  checkFairRw(cpu, sem, WHAT);
  if (READ_ONCE(cpu, sem) !== 0 || !tryForWriting(cpu, sem, OF_TASKS)) return false;
  noteTried(cpu, sem, classOf(cpu, sem));
  return true;
}

/**
 * @kernel up_write, kernel/locking/rwsem.c
 */
export function up_write(cpu: Cpu, sem: number): void {
  checkFairRw(cpu, sem, WHAT);
  forgetHeld(cpu, sem);
  leaveWriting(cpu, sem, OF_TASKS, 'up_write');
}

function noteTried(cpu: Cpu, sem: number, lockClass: number): void {
  noteHeld(cpu, sem, lockClass);
  lockTried(cpu, lockClass);
}
