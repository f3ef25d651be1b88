/**
 * The fair reader-writer lock that rwlock.ts and rwsem.ts are made of: a writer who waits keeps new readers out. Called on
 * a CPU's thread.
 *
 * As in the kernel's qrwlock, one word says who has the lock and whether a writer waits, and all who wait stand in a queue,
 * whose head waits for the word. Differs: the word has a bit for each reader where the kernel has a count, so that the
 * proof of a deadlock can tell who they are; and who comes next in the queue is not the one who came first.
 *
 *   unused:1 | writer+1:6 | a writer waits:1 | readers:24
 */

import { READ_ONCE, atomic_fetch_and, atomic_fetch_or, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { die } from '../machine/outcome.js';
import { checkAddress } from '../machine/reach.js';
import { OP } from '../machine/recorder.js';
import { UNLOCK_NOT_OWNER } from '../machine/signatures.js';
import { HOLDER, waitForHolder } from '../machine/waitOn.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';

/** CPUs that a fair rwlock or rw_semaphore can serve. */
export const FAIR_CPUS_MAX = 24;

export const FAIR_RW = struct({
  /** Who has it. */
  count: WORD,
  /** The head of the queue, plus one; 0 if nobody waits. */
  queue: WORD,
  /** How often each reader has it; written by that reader alone. */
  depth: words(FAIR_CPUS_MAX),
});

const WAITING = 1 << 24;
const WRITER_SHIFT = 25;
const WRITER = 0x3f << WRITER_SHIFT;

/** Who holds such a lock. */
export const OF_CPUS = 0;
export const OF_TASKS = HOLDER.IS_TASK;

/** Returns the holder that the running code is. */
export function holderOf(cpu: Cpu, kind: number): number {
  return kind === OF_TASKS ? cpu.home : cpu.id;
}

/**
 * Takes the lock for reading. A `recursive` reader waits for no writer but the one who has it: what an interrupt handler
 * must do, since its CPU may have the lock for reading already.
 */
export function takeForReading(cpu: Cpu, lock: number, kind: number, recursive: boolean): void {
  const { mem } = cpu;
  const me = holderOf(cpu, kind);
  const depth = lock + FAIR_RW.depth + me;
  // More than 0 at each boundary at which the bit is set: an interrupt then nests.
  mem[depth]++;
  const before = atomic_fetch_or(cpu, lock, 1 << me);
  if ((before & (WAITING | WRITER)) === 0) return;
  if (recursive) {
    awaitWriter(cpu, lock, before, kind);
    return;
  }
  leave(cpu, lock, me);
  enterQueue(cpu, lock, kind);
  mem[depth]++;
  awaitWriter(cpu, lock, atomic_fetch_or(cpu, lock, 1 << me), kind);
  cmpxchg(cpu, lock + FAIR_RW.queue, me + 1, 0);
}

/** Takes the lock for reading if no writer has it or waits; returns whether it did. It looks first, as the kernel does. */
export function tryForReading(cpu: Cpu, lock: number, kind: number): boolean {
  if ((READ_ONCE(cpu, lock) & (WAITING | WRITER)) !== 0) return false;
  const me = holderOf(cpu, kind);
  cpu.mem[lock + FAIR_RW.depth + me]++;
  if ((atomic_fetch_or(cpu, lock, 1 << me) & (WAITING | WRITER)) === 0) return true;
  leave(cpu, lock, me);
  return false;
}

/** Gives back what was taken for reading. `what` is the operation, for the failure of one that does not have it. */
export function leaveReading(cpu: Cpu, lock: number, kind: number, what: string): void {
  const me = holderOf(cpu, kind);
  if (cpu.mem[lock + FAIR_RW.depth + me] === 0)
    die(cpu, UNLOCK_NOT_OWNER, `I19: ${what} of a lock that was not taken for reading`, lock, -1);
  leave(cpu, lock, me);
}

function leave(cpu: Cpu, lock: number, me: number): void {
  if (--cpu.mem[lock + FAIR_RW.depth + me] === 0) atomic_fetch_and(cpu, lock, ~(1 << me));
}

/** Takes the lock for writing: waits in the queue, then for all readers, while new ones wait behind it. */
export function takeForWriting(cpu: Cpu, lock: number, kind: number): void {
  if (tryForWriting(cpu, lock, kind)) return;
  const me = holderOf(cpu, kind);
  const mine = (me + 1) << WRITER_SHIFT;
  enterQueue(cpu, lock, kind);
  for (let word = atomic_fetch_or(cpu, lock, WAITING) | WAITING; ;) {
    if ((word & WRITER) !== 0) word = awaitWriter(cpu, lock, word, kind);
    else if (word !== WAITING) word = awaitReader(cpu, lock, word, kind);
    else if ((word = cmpxchg(cpu, lock, WAITING, mine)) === WAITING) break;
  }
  cmpxchg(cpu, lock + FAIR_RW.queue, me + 1, 0);
}

/** Takes the lock for writing if nobody has it; returns whether it did. */
export function tryForWriting(cpu: Cpu, lock: number, kind: number): boolean {
  return cmpxchg(cpu, lock, 0, (holderOf(cpu, kind) + 1) << WRITER_SHIFT) === 0;
}

/** Gives back what was taken for writing. */
export function leaveWriting(cpu: Cpu, lock: number, kind: number, what: string): void {
  const writer = writerOf(cpu.isa.view(cpu.base, lock));
  if (writer !== holderOf(cpu, kind))
    die(cpu, UNLOCK_NOT_OWNER, `I19: ${what} of a lock that was not taken for writing`, lock, writer);
  atomic_fetch_and(cpu, lock, ~WRITER);
}

/** Throws for what is no such lock of the instance. `what` is its kind. */
export function checkFairRw(cpu: Cpu, lock: number, what: string): void {
  checkAddress(cpu, OP.ACQUIRE, lock);
  checkAddress(cpu, OP.ACQUIRE, lock + FAIR_RW.WORDS - 1);
  if (cpu.places > FAIR_CPUS_MAX)
    throw new RangeError(`${what} serves ${FAIR_CPUS_MAX} CPUs at most, not ${cpu.places}`);
}

function writerOf(word: number): number {
  return ((word & WRITER) >>> WRITER_SHIFT) - 1;
}

/** Waits until nobody has the lock for writing; returns the word. */
function awaitWriter(cpu: Cpu, lock: number, seen: number, kind: number): number {
  let word = seen;
  while ((word & WRITER) !== 0)
    word = waitForHolder(cpu, lock, WRITER, word & WRITER, writerOf(word), HOLDER.NEGATE | kind);
  return word;
}

/** Waits until one reader of those in the word has left; returns the word. */
function awaitReader(cpu: Cpu, lock: number, word: number, kind: number): number {
  const reader = 31 - Math.clz32(word & -word);
  return waitForHolder(cpu, lock, 1 << reader, 0, reader, kind);
}

/** Becomes the head of the queue. */
function enterQueue(cpu: Cpu, lock: number, kind: number): void {
  const queue = lock + FAIR_RW.queue;
  const me = holderOf(cpu, kind) + 1;
  for (let head = cmpxchg(cpu, queue, 0, me); head !== 0; head = cmpxchg(cpu, queue, 0, me))
    waitForHolder(cpu, queue, -1, head, head - 1, HOLDER.NEGATE | kind);
}
