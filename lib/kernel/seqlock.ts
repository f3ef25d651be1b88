/**
 * Sequence counts and sequence locks of the kernel: readers never keep writers waiting, and read again if one was there. Called
 * on a CPU's thread by races.
 */

import { READ_ONCE, WRITE_ONCE, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { forgetHeld, noteHeld } from '../machine/heldLocks.js';
import { IRQS_DISABLED } from '../machine/irq.js';
import { die } from '../machine/outcome.js';
import { UNLOCK_NOT_OWNER } from '../machine/signatures.js';
import { HOLDER, waitForHolder } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { local_irq_restore, local_irq_save } from './irqflags.js';
import { nestedClassOf, readClassOf } from './lockClass.js';
import { lockAcquireNested, rwlockAcquire } from './lockdep.js';
import { preempt_disable, preempt_enable } from './preempt.js';
import { spin_lock, spin_unlock } from './spinlock.js';

/*
 * The sequence is odd while somebody writes. Differs: the word says who, so that a reader waits for that CPU, and the proof of
 * a hang can follow.
 *   writer+1:6 | sequence:26     the writer part is 0 while the sequence is even
 */
const WRITER_SHIFT = 26;
const WRITER = 0x3f << WRITER_SHIFT;
const SEQUENCE = ~WRITER;
const CPUS_MAX = 63;

/** The word of a seqcount_t; all 0 at first. */
export const SEQCOUNT = struct({ sequence: WORD });

/** The words of a seqlock_t: the sequence, and the spinlock of the writers. */
export const SEQLOCK = struct({ sequence: WORD, lock: WORD });

/** Subclass of the sequence of a seqlock, which has a class of its own beside that of the spinlock. */
const OF_SEQLOCK = 1;

/**
 * Begins to read: waits until nobody writes, and returns the sequence.
 *
 * @kernel read_seqcount_begin, include/linux/seqlock.h
 */
export function read_seqcount_begin(cpu: Cpu, count: number): number {
  return beginReading(cpu, count, 0);
}

/**
 * Whether somebody has written since the sequence was `start`, so that what was read must be read again.
 *
 * @kernel read_seqcount_retry, include/linux/seqlock.h
 */
export function read_seqcount_retry(cpu: Cpu, count: number, start: number): boolean {
  if ((start | 0) !== start) checkWord('the start of read_seqcount_retry', start);
  return READ_ONCE(cpu, count) !== start;
}

/**
 * Begins to write. Who may write at the same time must be kept out by a lock.
 *
 * @kernel write_seqcount_begin, include/linux/seqlock.h
 */
export function write_seqcount_begin(cpu: Cpu, count: number): void {
  beginWriting(cpu, count, 0);
}

/**
 * @kernel write_seqcount_end, include/linux/seqlock.h. Without write_seqcount_begin() it kills the CPU (I19).
 */
export function write_seqcount_end(cpu: Cpu, count: number): void {
  if (!forgetHeld(cpu, count))
    die(cpu, UNLOCK_NOT_OWNER, 'I19: write_seqcount_end without write_seqcount_begin', count, -1);
  WRITE_ONCE(cpu, count, (READ_ONCE(cpu, count) + 1) & SEQUENCE);
  preempt_enable(cpu);
}

/**
 * @kernel read_seqbegin, include/linux/seqlock.h
 */
export function read_seqbegin(cpu: Cpu, lock: number): number {
  return beginReading(cpu, lock, OF_SEQLOCK);
}

/**
 * @kernel read_seqretry, include/linux/seqlock.h
 */
export function read_seqretry(cpu: Cpu, lock: number, start: number): boolean {
  return read_seqcount_retry(cpu, lock, start);
}

/**
 * Takes the lock of the writers, and begins to write.
 *
 * @kernel write_seqlock, include/linux/seqlock.h
 */
export function write_seqlock(cpu: Cpu, lock: number): void {
  spin_lock(cpu, lock + SEQLOCK.lock);
  beginWriting(cpu, lock, OF_SEQLOCK);
}

/**
 * @kernel write_sequnlock, include/linux/seqlock.h
 */
export function write_sequnlock(cpu: Cpu, lock: number): void {
  write_seqcount_end(cpu, lock);
  spin_unlock(cpu, lock + SEQLOCK.lock);
}

/**
 * @kernel write_seqlock_irqsave, include/linux/seqlock.h. Differs: returns the flags.
 */
export function write_seqlock_irqsave(cpu: Cpu, lock: number): number {
  const flags = local_irq_save(cpu);
  write_seqlock(cpu, lock);
  return flags;
}

/**
 * @kernel write_sequnlock_irqrestore, include/linux/seqlock.h
 */
export function write_sequnlock_irqrestore(cpu: Cpu, lock: number, flags: number): void {
  write_sequnlock(cpu, lock);
  local_irq_restore(cpu, flags);
}

/**
 * Reads with the lock of the writers held: nobody writes meanwhile, and nothing is read again.
 *
 * @kernel read_seqlock_excl, include/linux/seqlock.h
 */
export function read_seqlock_excl(cpu: Cpu, lock: number): void {
  spin_lock(cpu, lock + SEQLOCK.lock);
}

/**
 * @kernel read_sequnlock_excl, include/linux/seqlock.h
 */
export function read_sequnlock_excl(cpu: Cpu, lock: number): void {
  spin_unlock(cpu, lock + SEQLOCK.lock);
}

/** Begins to read. To lockdep it is a reader with interrupts off, as the kernel's is: readers may be interrupted by readers. */
function beginReading(cpu: Cpu, count: number, subclass: number): number {
  checkCpus(cpu);
  const off = cpu.mem[cpu.irqOff];
  rwlockAcquire(cpu, readClassOf(cpu, count, true, subclass), off, off | IRQS_DISABLED);
  let word = READ_ONCE(cpu, count);
  while ((word & WRITER) !== 0)
    word = waitForHolder(cpu, count, WRITER, word & WRITER, (word >>> WRITER_SHIFT) - 1, HOLDER.NEGATE);
  return word;
}

function beginWriting(cpu: Cpu, count: number, subclass: number): void {
  checkCpus(cpu);
  preempt_disable(cpu);
  lockAcquireNested(cpu, count, subclass);
  const next = (READ_ONCE(cpu, count) + 1) & SEQUENCE;
  WRITE_ONCE(cpu, count, next | ((cpu.id + 1) << WRITER_SHIFT));
  noteHeld(cpu, count, nestedClassOf(cpu, count, subclass));
}

function checkCpus({ cpus }: Cpu): void {
  if (cpus > CPUS_MAX) throw new RangeError(`a seqcount serves ${CPUS_MAX} CPUs at most, not ${cpus}`);
}
