/**
 * The locks of the machine: test-and-set words whose waits are published, so that deadlocks can be proved. Called on a
 * CPU's thread by lib/kernel/spinlock.ts, rwlock.ts and lockdep.ts, and by lib/arch/xen/domain.ts.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { findCycle, proveSelfDeadlock } from './cycle.js';
import { partyOf, type Cpu } from './cpu.js';
import { moveToTop } from './heldLocks.js';
import { CPU, HELD_MAX } from './layout.js';
import { lookForLoop } from './lookForLoop.js';
import { LOCK_PARKED, isFree, lockOwner, lockWordSeen } from './lockWord.js';
import { LOOK_MAX, firstLook, lookAway } from './looks.js';
import { noteBlocked } from './proofTime.js';
import { TRY, tried, tryAgain } from './readAgain.js';
import { checkAddress, refuse } from './reach.js';
import { OP, SPIN, record } from './recorder.js';
import { HELD_LOCKS, UNLOCK_NOT_OWNER } from './signatures.js';
import { WAIT, publishWait } from './wait.js';
import { die, givenUp, hasFailed } from './outcome.js';

/**
 * Takes a test-and-set lock: spins, then parks. Unfair on purpose: a fair lock collapses when CPUs outnumber cores.
 * The uncontended path publishes nothing. While it waits, the CPU takes interrupts if it has them on, and looks for a
 * wait-for cycle through itself. `lockClass` is what lockdep knows the lock as.
 */
export function acquire(cpu: Cpu, lock: number, lockClass = 0): void {
  if ((lock | 0) !== lock) refuse(cpu, OP.ACQUIRE, lock);
  if (cpu.isa.acquire(cpu.base, lock, lockClass) === 0) acquireSlow(cpu, lock, lockClass);
}

/** Takes a lock as `acquire` does. Where the order is new, and before it spins, the CPU calls `learn`, which returns the lock's class. */
export function acquireInOrder(cpu: Cpu, lock: number, learn: (cpu: Cpu, lock: number) => number): void {
  if ((lock | 0) !== lock) refuse(cpu, OP.ACQUIRE, lock);
  const taken = cpu.isa.acquireInOrder(cpu.base, lock);
  if (taken === 1) return;
  const lockClass = learn(cpu, lock);
  if (taken === 0 || cpu.isa.tryAcquire(cpu.base, lock, 0, lockClass) === 0) acquireSlow(cpu, lock, lockClass);
}

/** Takes the lock if it is free; returns whether it did. */
export function tryAcquire(cpu: Cpu, lock: number, lockClass = 0): boolean {
  if ((lock | 0) !== lock) refuse(cpu, OP.ACQUIRE, lock);
  const how = cpu.loop.isFollowed ? tryAgain(cpu, lock) : TRY.AS_ANY;
  if (how === TRY.FAILED) return false;
  if (how !== TRY.AS_ANY) return tryFollowed(cpu, lock, lockClass);
  if (cpu.isa.acquire(cpu.base, lock, lockClass) !== 0) return true;
  if (cpu.explored !== null) return cpu.explored.tryAcquire(lock);
  if (recordTry(cpu, lock, lockClass) === 0) return true;
  if ((cpu.ring.written & LOOK_MASK) === 0) lookForLoop(cpu);
  return false;
}

/** Tries to take the lock, behind the boundary, where tries are compared with those before. */
function tryFollowed(cpu: Cpu, lock: number, lockClass: number): boolean {
  cpu.isa.drainAll(cpu.base);
  const isTaken = cpu.isa.tryAcquire(cpu.base, lock, 0, lockClass) !== 0;
  const word = isTaken ? 0 : recordTry(cpu, lock, lockClass);
  tried(cpu, word);
  return word === 0;
}

/** Records an attempt that has failed; returns the word that kept the CPU from the lock, or 0 if it has got it since. */
function recordTry(cpu: Cpu, lock: number, lockClass: number): number {
  const word = lockWordSeen(lookUntilTaken(cpu, lock, lockClass));
  if (word !== 0) record(cpu, OP.READ, lock, word, word);
  return word;
}

/** A loop of tries is looked for once in so many records, as behind the instructions. */
const LOOK_MASK = 63;

/**
 * Returns, after a failed attempt, the word that kept the CPU from the lock, or 0 if it has got it since. What is
 * recorded of a failed attempt must be a word that explains it.
 */
function lookUntilTaken(cpu: Cpu, lock: number, lockClass: number): number {
  for (;;) {
    const word = Atomics.load(cpu.mem, lock);
    if (!isFree(word)) return word;
    if (cpu.isa.tryAcquire(cpu.base, lock, 0, lockClass) !== 0) return 0;
    if (cpu.mem[cpu.block + CPU.held] === HELD_MAX) die(cpu, HELD_LOCKS, `more than ${HELD_MAX} locks held at once`);
  }
}

/** Releases a lock that this CPU holds. Anybody else's is a bug of the race: the CPU dies. */
export function release(cpu: Cpu, lock: number): void {
  if ((lock | 0) !== lock) refuse(cpu, OP.RELEASE, lock);
  let done = cpu.isa.release(cpu.base, lock);
  if (done === 0) {
    bringToTop(cpu, lock);
    done = cpu.isa.release(cpu.base, lock);
  }
  if (done === 2) for (let c = 0; c < cpu.places; c++) wake(cpu.mem, partyOf(cpu.map, c));
}

/** Whether this CPU owns the lock, from one load. */
export function holds(cpu: Cpu, lock: number): boolean {
  checkAddress(cpu, OP.ACQUIRE, lock);
  return lockOwner(cpu.isa.view(cpu.base, lock)) === cpu.id;
}

function acquireSlow(cpu: Cpu, lock: number, lockClass: number): void {
  if (cpu.explored !== null) {
    cpu.explored.acquire(lock);
    return;
  }
  const { mem, waiter } = cpu;
  const seen = lookUntilTaken(cpu, lock, lockClass);
  if (seen === 0) return;
  record(cpu, OP.READ | SPIN, lock, lockWordSeen(seen), lockWordSeen(seen));
  if (mem[cpu.block + CPU.held] === HELD_MAX) die(cpu, HELD_LOCKS, `more than ${HELD_MAX} locks held at once`);
  publishWait(cpu, WAIT.LOCK, lock);
  noteBlocked(cpu);
  if (lockOwner(seen) === cpu.id) proveSelfDeadlock(cpu, lock);
  waiter.begin();
  for (let spins = 1, look = firstLook(cpu), passed = 1; ; spins += passed) {
    if (mem[cpu.irr] !== 0) cpu.trap(cpu);
    const word = Atomics.load(mem, lock);
    if (isFree(word) && cpu.isa.tryAcquire(cpu.base, lock, SPIN, lockClass) !== 0) break;
    // Before it sleeps, too: the last CPU of a cycle to wait finds it, however soon they all sleep.
    if (hasFailed(cpu) || ((spins >= look || waiter.armed) && findCycle(cpu))) {
      waiter.end();
      throw givenUp(cpu, lock);
    }
    if (spins >= look) look += Math.min(look, LOOK_MAX);
    passed = 1;
    if (isFree(word) || cpu.lockstep !== null) continue;
    if (!waiter.armed) passed = lookAway(cpu);
    else if (!markParked(mem, lock, word)) continue;
    waiter.pause(passed);
  }
  waiter.end();
  cpu.hasProved = false;
  publishWait(cpu, WAIT.RUN, 0);
}

/** Marks the lock so that its release rings the sleepers; false if the word has changed, so there is no need to sleep. */
function markParked(mem: Int32Array, lock: number, word: number): boolean {
  return (word & LOCK_PARKED) !== 0 || Atomics.compareExchange(mem, lock, word, word | LOCK_PARKED) === word;
}

/** Makes a lock the newest one on the list of held ones. A lock that is not on it is somebody else's. */
function bringToTop(cpu: Cpu, lock: number): void {
  if (moveToTop(cpu, lock)) return;
  checkAddress(cpu, OP.RELEASE, lock);
  die(
    cpu,
    UNLOCK_NOT_OWNER,
    'I19: unlock of a lock that this CPU does not hold',
    lock,
    lockOwner(cpu.isa.view(cpu.base, lock)),
  );
}
