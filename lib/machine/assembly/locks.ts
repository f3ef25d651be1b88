/*
 * The instructions that take and release locks, in AssemblyScript: what a lock word says, which locks a CPU holds, and what lockdep
 * knows of them. compile.mjs puts them into one module with instructions.ts.
 */
import { ACQUIRE, RELEASE, boundary, boundaryAt, push, stored, workingOn } from './instructions';
import {
  BEFORE,
  CLASSES,
  CLASSES_BYTES,
  CLASS_OF,
  CONTEXT,
  CONTEXT_MASK,
  CONTEXT_SHIFT,
  HELD,
  HELD_BYTES,
  HELD_MAX,
  IN,
  IN_HARDIRQ,
  IRQ_CLASS,
  IRQ_OFF,
  LOCKDEP,
  LOCKS,
  LOCK_ID,
  LOCK_WORDS,
  ON,
  SIMPLE_STATE,
  STEP,
} from './offsets';

/** Parts of a lock word, as in lockWord.ts. */
const OWNER_MASK: i32 = 0x7f;
export const PARKED: i32 = 0x80;
export const GENERATION_SHIFT: i32 = 8;

/** What is masked, and in which handlers the CPU is, as a lock that it takes keeps it (irqMask.ts). */
@inline
function interruptState(cpu: i32): i32 {
  return load<i32>(cpu + IRQ_OFF) | (load<i32>(cpu + CONTEXT) << CONTEXT_SHIFT);
}

/** The classes of the `n` locks held that were taken in the same context as one taken in this `state` (heldClasses.ts). */
@inline
function heldClasses(cpu: i32, n: i32, state: i32): i32 {
  if (n == 0) return 0;
  const top = load<i32>(cpu + LOCKS + (n - 1) * HELD_BYTES, 12);
  return ((top ^ state) & CONTEXT_MASK) != 0 ? 0 : load<i32>(cpu + CLASSES + n * CLASSES_BYTES);
}

/**
 * The class of the word at `offset` of the instance if lockdep has seen it taken after all that is held, and with
 * interrupts as they are; -1 if something is new, and for a word outside of the instance. 0 without lockdep.
 */
@inline
export function classIfKnown(cpu: i32, offset: i32): i32 {
  const lockdep = load<i32>(cpu + LOCKDEP);
  if (lockdep == 0) return 0;
  if (<u32>offset >= load<u32>(cpu + LOCK_WORDS)) return -1;
  const lockClass = load<i32>(lockdep + CLASS_OF + (offset << 2));
  if (lockClass <= 0) return lockClass >> 31;
  const state = interruptState(cpu);
  // In handlers of lines, and with softirqs disabled, nothing is looked up here.
  if ((state & ~SIMPLE_STATE) != 0) return -1;
  let after = heldClasses(cpu, load<i32>(cpu + HELD), state);
  let news = 0;
  if (state == 0) news = (1 << lockClass) & ~load<i32>(lockdep + ON);
  else {
    after |= 1 << IRQ_CLASS;
    if ((state & IN_HARDIRQ) != 0) news = (1 << lockClass) & ~load<i32>(lockdep + IN);
  }
  news |= after & ~load<i32>(lockdep + BEFORE + (lockClass << 2));
  return news == 0 ? lockClass : -1;
}

/** Takes a free lock and notes it among the held ones; 0 if it is not free, or none more can be held. */
export function tryAcquire(cpu: i32, lock: i32, flags: i32, lockClass: i32): i32 {
  const word = atomic.load<i32>(lock << 2);
  const n = load<i32>(cpu + HELD);
  if ((word & OWNER_MASK) != 0 || n == HELD_MAX) return 0;
  const taken = word | load<i32>(cpu + LOCK_ID);
  if (atomic.cmpxchg<i32>(lock << 2, word, taken) != word) return 0;
  const at = cpu + LOCKS + n * HELD_BYTES;
  store<i32>(at, lock);
  store<i32>(at, word, 4);
  store<i32>(at, load<i32>(cpu + STEP), 8);
  const state = interruptState(cpu);
  store<i32>(at, state, 12);
  const classes = cpu + CLASSES + n * CLASSES_BYTES;
  store<i32>(classes + CLASSES_BYTES, heldClasses(cpu, n, state) | ((1 << lockClass) & ~1));
  store<i32>(classes + CLASSES_BYTES, lockClass, 4);
  store<i32>(cpu + HELD, n + 1);
  push(cpu, ACQUIRE | flags, lock, word & ~PARKED, taken & ~PARKED);
  return 1;
}

/** As tryAcquire, at an instruction boundary. */
export function acquire(cpu: i32, lock: i32, lockClass: i32): i32 {
  boundaryAt(cpu, ACQUIRE, lock);
  return tryAcquire(cpu, lock, 0, lockClass);
}

/** As acquire; -1, and nothing but the boundary done, if lockdep has not seen this order. */
export function acquireInOrder(cpu: i32, lock: i32): i32 {
  boundaryAt(cpu, ACQUIRE, lock);
  const lockClass = classIfKnown(cpu, lock - workingOn());
  return lockClass < 0 ? -1 : tryAcquire(cpu, lock, 0, lockClass);
}

/** Releases the lock if it is the newest one held: 1 if done, 2 if done and somebody sleeps on it, 0 if it is another. */
export function release(cpu: i32, lock: i32): i32 {
  boundary(cpu);
  const n = load<i32>(cpu + HELD) - 1;
  const at = cpu + LOCKS + n * HELD_BYTES;
  if (n < 0 || load<i32>(at) != lock) return 0;
  store<i32>(cpu + HELD, n);
  const next = ((load<i32>(at, 4) >>> GENERATION_SHIFT) + 1) << GENERATION_SHIFT;
  const before = atomic.xchg<i32>(lock << 2, next);
  push(cpu, RELEASE, lock, before & ~PARKED, next);
  stored(cpu, lock);
  return (before & PARKED) != 0 ? 2 : 1;
}
