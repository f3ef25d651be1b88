/**
 * Unfair reader-writer locks: a writer that waits keeps no reader out, as before Linux 3.16. Called on a CPU's thread by
 * races that choose them for a lock; rwlock.ts has the fair ones.
 */

import type { Cpu } from '../machine/cpu.js';
import { checkFlag } from '../machine/given.js';
import { acquire, tryAcquire } from '../machine/lock.js';
import { checkAddress } from '../machine/reach.js';
import { OP } from '../machine/recorder.js';
import { UNLOCK_NOT_OWNER } from '../machine/signatures.js';
import { die } from '../machine/outcome.js';
import { struct, words } from '../sharedarraybuffer-utils/index.js';
import { local_irq_restore, local_irq_save } from './irqflags.js';
import { classOf, readClassOf } from './lockClass.js';
import { rwlockAcquire } from './lockdep.js';
import { preempt_disable, preempt_enable } from './preempt.js';
import { spin_unlock } from './spinlock.js';

/** CPUs that a brlock can serve. */
export const BRLOCK_CPUS_MAX = 32;

/*
 * A reader-writer lock is a spinlock for each CPU, as the kernel's brlock was: a reader takes its own CPU's, a writer
 * those of all. So every wait for it is a wait for a spinlock with one owner, which the proof of a deadlock can follow;
 * one word with a count of readers would not say who they are. As in the kernel, readers nest, also in interrupts; a
 * writer that waits keeps nobody out, so it waits for one CPU's lock while it holds none.
 */
export const BRLOCK = struct({
  /** Lock of each CPU. */
  of_cpu: words(BRLOCK_CPUS_MAX),
  /** How often each CPU has taken it for reading; written by that CPU alone. */
  depth: words(BRLOCK_CPUS_MAX),
});

/**
 * Takes the lock for reading. Nests.
 *
 * @kernel br_read_lock, include/linux/lglock.h. Differs: of 32 CPUs at most, see above.
 */
export function br_read_lock(cpu: Cpu, lock: number): void {
  const depth = depthAt(cpu, lock);
  // The depth is more than 0 at each boundary at which the lock is held: an interrupt then nests.
  const lockClass = readClassOf(cpu, lock, true);
  rwlockAcquire(cpu, lockClass, cpu.mem[cpu.irqOff], cpu.mem[cpu.irqOff]);
  if (cpu.mem[depth] === 0) take(cpu, lock + BRLOCK.of_cpu + cpu.id, lockClass);
  cpu.mem[depth]++;
}

/**
 * @kernel br_read_unlock, include/linux/lglock.h
 */
export function br_read_unlock(cpu: Cpu, lock: number): void {
  const depth = depthAt(cpu, lock);
  if (cpu.mem[depth] === 0)
    die(cpu, UNLOCK_NOT_OWNER, 'I19: br_read_unlock of a lock that this CPU does not hold', lock, -1);
  if (cpu.mem[depth] === 1) spin_unlock(cpu, lock + BRLOCK.of_cpu + cpu.id);
  cpu.mem[depth]--;
}

/**
 * Takes the lock for writing: waits until nobody has it.
 *
 * @kernel br_write_lock, include/linux/lglock.h. Differs: of 32 CPUs at most, see above.
 */
export function br_write_lock(cpu: Cpu, lock: number): void {
  checkLock(cpu, lock);
  const lockClass = classOf(cpu, lock);
  rwlockAcquire(cpu, lockClass, cpu.mem[cpu.irqOff], cpu.mem[cpu.irqOff]);
  for (let busy = tryAll(cpu, lock, lockClass, -1); busy >= 0;) {
    take(cpu, lock + BRLOCK.of_cpu + busy, lockClass);
    busy = tryAll(cpu, lock, lockClass, busy);
  }
}

/**
 * Masks interrupts, then takes the lock for writing. With `spinWithIrqsOn` interrupts are masked only once the lock can
 * be had, which is of use if this is the outermost lock of its kind.
 *
 * @kernel br_write_lock_irqsave, include/linux/lglock.h. Differs: returns the flags; both ways to spin have been the kernel's.
 */
export function br_write_lock_irqsave(cpu: Cpu, lock: number, spinWithIrqsOn: boolean): number {
  checkLock(cpu, lock);
  checkFlag('br_write_lock_irqsave: spinWithIrqsOn', spinWithIrqsOn);
  const before = cpu.mem[cpu.irqOff];
  const flags = local_irq_save(cpu);
  const lockClass = classOf(cpu, lock);
  rwlockAcquire(cpu, lockClass, spinWithIrqsOn ? before : cpu.mem[cpu.irqOff], cpu.mem[cpu.irqOff]);
  for (let busy = tryAll(cpu, lock, lockClass, -1); busy >= 0;) {
    if (spinWithIrqsOn) local_irq_restore(cpu, flags);
    take(cpu, lock + BRLOCK.of_cpu + busy, lockClass);
    local_irq_save(cpu);
    busy = tryAll(cpu, lock, lockClass, busy);
  }
  return flags;
}

/**
 * @kernel br_write_unlock, include/linux/lglock.h
 */
export function br_write_unlock(cpu: Cpu, lock: number): void {
  checkLock(cpu, lock);
  for (let c = cpu.cpus - 1; c >= 0; c--) spin_unlock(cpu, lock + BRLOCK.of_cpu + c);
}

/**
 * @kernel br_write_unlock_irqrestore, include/linux/lglock.h
 */
export function br_write_unlock_irqrestore(cpu: Cpu, lock: number, flags: number): void {
  br_write_unlock(cpu, lock);
  local_irq_restore(cpu, flags);
}

/** Takes every CPU's lock but that of `held`, which this CPU has, or none of them: the CPU whose lock is taken, or -1. */
function tryAll(cpu: Cpu, lock: number, lockClass: number, held: number): number {
  for (let c = 0; c < cpu.cpus; c++) {
    if (c === held || tryTake(cpu, lock + BRLOCK.of_cpu + c, lockClass)) continue;
    for (let d = c - 1; d >= 0; d--) if (d !== held) spin_unlock(cpu, lock + BRLOCK.of_cpu + d);
    if (held >= 0) spin_unlock(cpu, lock + BRLOCK.of_cpu + held);
    return c;
  }
  return -1;
}

/** Takes one CPU's part of the lock. Lockdep orders the rwlock as a whole. */
function take(cpu: Cpu, lock: number, lockClass: number): void {
  preempt_disable(cpu);
  acquire(cpu, lock, lockClass);
}

function tryTake(cpu: Cpu, lock: number, lockClass: number): boolean {
  preempt_disable(cpu);
  if (tryAcquire(cpu, lock, lockClass)) return true;
  preempt_enable(cpu);
  return false;
}

function depthAt(cpu: Cpu, lock: number): number {
  checkLock(cpu, lock);
  return lock + BRLOCK.depth + cpu.id;
}

function checkLock(cpu: Cpu, lock: number): void {
  checkAddress(cpu, OP.ACQUIRE, lock);
  checkAddress(cpu, OP.ACQUIRE, lock + BRLOCK.WORDS - 1);
  if (cpu.cpus > BRLOCK_CPUS_MAX)
    throw new RangeError(`a brlock serves ${BRLOCK_CPUS_MAX} CPUs at most, not ${cpu.cpus}`);
}
