/**
 * Reader-writer locks of the kernel, fair as since 3.16: a writer who waits keeps new readers out, but for those in
 * interrupts. Called on a CPU's thread by races. brlock.ts has unfair ones.
 */

import { READ_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { forgetHeld, noteHeld } from '../machine/heldLocks.js';
import {
  FAIR_CPUS_MAX,
  FAIR_RW,
  OF_CPUS,
  checkFairRw,
  leaveReading,
  leaveWriting,
  takeForReading,
  takeForWriting,
  tryForReading,
  tryForWriting,
} from './fairRw.js';
import { in_interrupt, local_irq_restore, local_irq_save } from './irqflags.js';
import { classOf, readClassOf } from './lockClass.js';
import { lockTried, rwlockAcquire } from './lockdep.js';
import { preempt_disable, preempt_enable } from './preempt.js';

/** CPUs that an rwlock can serve. */
export const RWLOCK_CPUS_MAX = FAIR_CPUS_MAX;

/** The words of an rwlock; a free one is all 0. */
export const RWLOCK = FAIR_RW;

/**
 * Takes the lock for reading. Waits behind a writer who waits, also where the CPU has the lock for reading already: that is
 * a deadlock; but not in an interrupt.
 *
 * @kernel read_lock, include/linux/rwlock.h; queued_read_lock, kernel/locking/qrwlock.c. Differs: of 24 CPUs at most.
 */
export function read_lock(cpu: Cpu, lock: number): void {
  checkFairRw(cpu, lock, 'an rwlock');
  preempt_disable(cpu);
  const recursive = in_interrupt(cpu);
  const lockClass = readClassOf(cpu, lock, recursive);
  noteOrder(cpu, lockClass);
  takeForReading(cpu, lock, OF_CPUS, recursive);
  noteHeld(cpu, lock, lockClass);
}

/**
 * Takes the lock for reading if no writer has it or waits.
 *
 * @kernel read_trylock, include/linux/rwlock.h
 */
export function read_trylock(cpu: Cpu, lock: number): boolean {
  checkFairRw(cpu, lock, 'an rwlock');
  preempt_disable(cpu);
  return tried(cpu, lock, readClassOf(cpu, lock, true), tryForReading(cpu, lock, OF_CPUS));
}

/**
 * @kernel read_unlock, include/linux/rwlock.h
 */
export function read_unlock(cpu: Cpu, lock: number): void {
  checkFairRw(cpu, lock, 'an rwlock');
  forgetHeld(cpu, lock);
  leaveReading(cpu, lock, OF_CPUS, 'read_unlock');
  preempt_enable(cpu);
}

/**
 * Takes the lock for writing.
 *
 * @kernel write_lock, include/linux/rwlock.h; queued_write_lock, kernel/locking/qrwlock.c. Differs: of 24 CPUs at most.
 */
export function write_lock(cpu: Cpu, lock: number): void {
  checkFairRw(cpu, lock, 'an rwlock');
  preempt_disable(cpu);
  const lockClass = classOf(cpu, lock);
  noteOrder(cpu, lockClass);
  takeForWriting(cpu, lock, OF_CPUS);
  noteHeld(cpu, lock, lockClass);
}

/**
 * Takes the lock for writing if nobody has it.
 *
 * @kernel write_trylock, include/linux/rwlock.h
 */
export function write_trylock(cpu: Cpu, lock: number): boolean {
  checkFairRw(cpu, lock, 'an rwlock');
  preempt_disable(cpu);
  const took = READ_ONCE(cpu, lock) === 0 && tryForWriting(cpu, lock, OF_CPUS);
  return tried(cpu, lock, classOf(cpu, lock), took);
}

/**
 * Masks interrupts, then takes the lock for writing.
 *
 * @kernel write_lock_irqsave, include/linux/rwlock.h. Differs: returns the flags.
 */
export function write_lock_irqsave(cpu: Cpu, lock: number): number {
  const flags = local_irq_save(cpu);
  write_lock(cpu, lock);
  return flags;
}

/**
 * @kernel write_unlock, include/linux/rwlock.h
 */
export function write_unlock(cpu: Cpu, lock: number): void {
  checkFairRw(cpu, lock, 'an rwlock');
  forgetHeld(cpu, lock);
  leaveWriting(cpu, lock, OF_CPUS, 'write_unlock');
  preempt_enable(cpu);
}

/**
 * @kernel write_unlock_irqrestore, include/linux/rwlock.h
 */
export function write_unlock_irqrestore(cpu: Cpu, lock: number, flags: number): void {
  write_unlock(cpu, lock);
  local_irq_restore(cpu, flags);
}

function noteOrder(cpu: Cpu, lockClass: number): void {
  const off = cpu.mem[cpu.irqOff];
  rwlockAcquire(cpu, lockClass, off, off);
}

function tried(cpu: Cpu, lock: number, lockClass: number, taken: boolean): boolean {
  if (taken) {
    noteHeld(cpu, lock, lockClass);
    lockTried(cpu, lockClass);
  } else preempt_enable(cpu);
  return taken;
}
