/**
 * Fair spinlocks: who comes first gets the lock first, as on all machines that Linux runs on today. Called on a CPU's thread
 * by races that choose them for a lock; spinlock.ts has the unfair ones, which are faster where CPUs share cores.
 */

import { WRITE_ONCE, READ_ONCE, cmpxchg, xchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { forgetHeld, noteHeld } from '../machine/heldLocks.js';
import { die } from '../machine/outcome.js';
import { checkAddress } from '../machine/reach.js';
import { OP } from '../machine/recorder.js';
import { UNLOCK_NOT_OWNER } from '../machine/signatures.js';
import { waitForHolder } from '../machine/waitOn.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { classOf } from './lockClass.js';
import { lockAcquire, lockTried } from './lockdep.js';
import { preempt_disable, preempt_enable } from './preempt.js';

/** CPUs that a fair spinlock can serve. */
export const QSPINLOCK_CPUS_MAX = 32;

/*
 * Who wants the lock puts its ticket into `tail`, and waits until the CPU of the ticket that was there before has released
 * it: so every wait is for one CPU. A ticket is
 *   number:24 | CPU+1:8     the number grows with each ticket of the CPU
 */
export const QSPINLOCK = struct({
  /** The ticket of who came last; 0 if nobody ever did. */
  tail: WORD,
  /**
   * Written by each CPU alone: the number of the ticket that it has drawn last, the ticket by which it has the lock, 0 if it has not, and the one
   * that it has released last. An interrupt may draw another one before the ticket in hand is used.
   */
  drawn: words(QSPINLOCK_CPUS_MAX),
  held: words(QSPINLOCK_CPUS_MAX),
  released: words(QSPINLOCK_CPUS_MAX),
});

const CPU_BITS = 8;
const CPU_MASK = (1 << CPU_BITS) - 1;

/**
 * Takes a fair spinlock; a free one is all 0.
 *
 * @kernel queued_spin_lock, include/asm-generic/qspinlock.h. Differs: no lock stealing and no pending bit: all who wait queue; of 32
 * CPUs at most.
 */
export function queued_spin_lock(cpu: Cpu, lock: number): void {
  checkLock(cpu, lock);
  preempt_disable(cpu);
  const lockClass = lockAcquire(cpu, lock);
  const mine = draw(cpu, lock);
  const before = xchg(cpu, lock, mine);
  const owner = (before & CPU_MASK) - 1;
  if (owner >= 0) waitForHolder(cpu, lock + QSPINLOCK.released + owner, -1, before, owner, 0);
  noteTaken(cpu, lock, lockClass, mine);
}

/**
 * Takes the lock if it is free and nobody waits.
 *
 * @kernel queued_spin_trylock, include/asm-generic/qspinlock.h
 */
export function queued_spin_trylock(cpu: Cpu, lock: number): boolean {
  checkLock(cpu, lock);
  preempt_disable(cpu);
  const before = READ_ONCE(cpu, lock);
  const owner = (before & CPU_MASK) - 1;
  const isFree = owner < 0 || READ_ONCE(cpu, lock + QSPINLOCK.released + owner) === before;
  // A loop of tries draws a ticket for the one that may succeed: how often it has tried is in no record.
  const mine = isFree ? draw(cpu, lock) : 0;
  if (!isFree || cmpxchg(cpu, lock, before, mine) !== before) {
    preempt_enable(cpu);
    return false;
  }
  const lockClass = classOf(cpu, lock);
  noteTaken(cpu, lock, lockClass, mine);
  lockTried(cpu, lockClass);
  return true;
}

/**
 * @kernel queued_spin_unlock, include/asm-generic/qspinlock.h. Unlocking what the CPU does not hold kills it (I19).
 */
export function queued_spin_unlock(cpu: Cpu, lock: number): void {
  checkLock(cpu, lock);
  const { mem, id } = cpu;
  const at = lock + QSPINLOCK.held + id;
  const ticket = mem[at];
  if (ticket === 0)
    die(cpu, UNLOCK_NOT_OWNER, 'I19: unlock of a lock that this CPU does not hold', lock, holderOf(cpu, lock));
  mem[at] = 0;
  forgetHeld(cpu, lock);
  WRITE_ONCE(cpu, lock + QSPINLOCK.released + id, ticket);
  preempt_enable(cpu);
}

/** Draws the CPU's next ticket. */
function draw({ mem, id }: Cpu, lock: number): number {
  const at = lock + QSPINLOCK.drawn + id;
  mem[at] = ((mem[at] >>> CPU_BITS) + 1) << CPU_BITS;
  return mem[at] | (id + 1);
}

function noteTaken(cpu: Cpu, lock: number, lockClass: number, ticket: number): void {
  cpu.mem[lock + QSPINLOCK.held + cpu.id] = ticket;
  noteHeld(cpu, lock, lockClass);
}

/** Returns the CPU that has the lock; -1 if none has it. */
function holderOf({ mem, cpus }: Cpu, lock: number): number {
  for (let c = 0; c < cpus; c++) if (mem[lock + QSPINLOCK.held + c] !== 0) return c;
  return -1;
}

function checkLock(cpu: Cpu, lock: number): void {
  checkAddress(cpu, OP.ACQUIRE, lock);
  checkAddress(cpu, OP.ACQUIRE, lock + QSPINLOCK.WORDS - 1);
  if (cpu.cpus > QSPINLOCK_CPUS_MAX)
    throw new RangeError(`a fair spinlock serves ${QSPINLOCK_CPUS_MAX} CPUs at most, not ${cpu.cpus}`);
}
