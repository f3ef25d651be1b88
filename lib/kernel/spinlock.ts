/** Spinlocks of the kernel. Called on a CPU's thread by races, rwlock.ts, lib/mm and lib/arch. */

import type { Cpu } from '../machine/cpu.js';
import { acquire, acquireInOrder, holds, release, tryAcquire } from '../machine/lock.js';
import { lockAcquire, lockAcquireNested, lockAcquireUnder, lockTried } from './lockdep.js';
import { classOf } from './lockClass.js';
import { local_irq_restore, local_irq_save } from './irqflags.js';
import { preempt_disable, preempt_enable } from './preempt.js';
import { local_bh_disable, local_bh_enable } from './softirq.js';

/**
 * Takes a spinlock; a free one is the word 0.
 *
 * @kernel spin_lock, include/linux/spinlock.h. Differs: test-and-set and unfair, also where the kernel has ticket locks.
 */
export function spin_lock(cpu: Cpu, lock: number): void {
  preempt_disable(cpu);
  acquireInOrder(cpu, lock, lockAcquire);
}

/**
 * Takes a spinlock while the CPU holds another one of the same class, in an order that the caller keeps to: `subclass` is
 * 1 for the second one, 2 for the third.
 *
 * @kernel spin_lock_nested, include/linux/spinlock.h
 */
export function spin_lock_nested(cpu: Cpu, lock: number, subclass: number): void {
  preempt_disable(cpu);
  acquire(cpu, lock, lockAcquireNested(cpu, lock, subclass));
}

/**
 * Takes one of several spinlocks of a class, in any order, since nobody takes two of them without `nestLock`.
 *
 * @kernel spin_lock_nest_lock, include/linux/spinlock.h
 */
export function spin_lock_nest_lock(cpu: Cpu, lock: number, nestLock: number): void {
  preempt_disable(cpu);
  acquire(cpu, lock, lockAcquireUnder(cpu, lock, nestLock));
}

/**
 * @kernel spin_unlock, include/linux/spinlock.h. Unlocking what the CPU does not hold kills it (I19).
 */
export function spin_unlock(cpu: Cpu, lock: number): void {
  release(cpu, lock);
  preempt_enable(cpu);
}

/**
 * Takes the lock if it is free.
 *
 * @kernel spin_trylock, include/linux/spinlock.h
 */
export function spin_trylock(cpu: Cpu, lock: number): boolean {
  preempt_disable(cpu);
  const lockClass = classOf(cpu, lock);
  if (tryAcquire(cpu, lock, lockClass)) {
    lockTried(cpu, lockClass);
    return true;
  }
  preempt_enable(cpu);
  return false;
}

/**
 * Masks interrupts, then takes the lock: it spins with interrupts off.
 *
 * @kernel spin_lock_irqsave, include/linux/spinlock.h. Differs: returns the flags.
 */
export function spin_lock_irqsave(cpu: Cpu, lock: number): number {
  const flags = local_irq_save(cpu);
  spin_lock(cpu, lock);
  return flags;
}

/**
 * @kernel spin_unlock_irqrestore, include/linux/spinlock.h
 */
export function spin_unlock_irqrestore(cpu: Cpu, lock: number, flags: number): void {
  spin_unlock(cpu, lock);
  local_irq_restore(cpu, flags);
}

/**
 * Disables softirqs, then takes the lock.
 *
 * @kernel spin_lock_bh, include/linux/spinlock.h
 */
export function spin_lock_bh(cpu: Cpu, lock: number): void {
  local_bh_disable(cpu);
  spin_lock(cpu, lock);
}

/**
 * Releases the lock, then enables softirqs: those that were raised meanwhile run here.
 *
 * @kernel spin_unlock_bh, include/linux/spinlock.h
 */
export function spin_unlock_bh(cpu: Cpu, lock: number): void {
  spin_unlock(cpu, lock);
  local_bh_enable(cpu);
}

/**
 * Takes the lock if it is free, with softirqs disabled then.
 *
 * @kernel spin_trylock_bh, include/linux/spinlock.h
 */
export function spin_trylock_bh(cpu: Cpu, lock: number): boolean {
  local_bh_disable(cpu);
  if (spin_trylock(cpu, lock)) return true;
  local_bh_enable(cpu);
  return false;
}

/**
 * Whether the running CPU holds the lock.
 *
 * @kernel lockdep_is_held, include/linux/lockdep.h. Differs: of the CPU, not of the task.
 */
export function lockdep_is_held(cpu: Cpu, lock: number): boolean {
  return holds(cpu, lock);
}
