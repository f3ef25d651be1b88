/**
 * RCU: readers who wait for nobody, and writers who wait until all have left. Called on a CPU's thread by races.
 *
 * Differs: the state is a struct that the race declares, as that of SRCU is, since each trial needs its own; readers disable
 * preemption, as without CONFIG_PREEMPT_RCU; a grace period waits for the readers themselves, where the kernel waits for context
 * switches, and readers order memory as a full fence does.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, smp_mb, smp_store_release } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { checkCount } from '../machine/given.js';
import { NOTED_READER, forgetHeld, noteHeld } from '../machine/heldLocks.js';
import { RCU_CLASS } from '../machine/lockdepLayout.js';
import { die } from '../machine/outcome.js';
import { checkAddress } from '../machine/reach.js';
import { OP } from '../machine/recorder.js';
import { SUSPICIOUS_RCU_USAGE, USE_AFTER_FREE } from '../machine/signatures.js';
import { HOLDER, waitForHolder } from '../machine/waitOn.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { might_sleep } from './mightSleep.js';
import { preempt_disable, preempt_enable } from './preempt.js';

/** Tasks that RCU can serve, and callbacks that one of them can have pending. */
export const RCU_TASKS_MAX = 32;
export const RCU_CALLBACKS_MAX = 8;

/** A callback: its number in the race's list of handlers, plus one, and what it is called with. */
export const RCU_CALLBACK = struct({ handler: WORD, info: WORD });

/*
 * Each task has a word:
 *   sections that it has ended:24 | how deep it is in one:8
 */
export const RCU = struct({
  readers: words(RCU_TASKS_MAX),
  /** Of the callbacks of each task (rcuCallbacks.ts): how many it has queued, how many have run, and up to which the grace period is for. */
  queued: words(RCU_TASKS_MAX),
  done: words(RCU_TASKS_MAX),
  covered: words(RCU_TASKS_MAX),
  /** The tasks that have not been seen outside of a reader since that grace period began: a bit each. */
  awaited: words(RCU_TASKS_MAX),
  callbacks: words(RCU_TASKS_MAX * RCU_CALLBACKS_MAX * RCU_CALLBACK.WORDS),
});

const DEPTH = 0xff;
const ENDED = 0x100;
/** A grace period waits until a task's word is another one. */
const READING = HOLDER.NEGATE | HOLDER.IS_TASK | HOLDER.IS_READER;

/** What the words of a freed object are, as SLUB leaves them. */
export const POISON_FREE = 0x6b6b6b6b;

/**
 * Begins a reader. Nests. Reports have it among the locks that its CPU holds.
 *
 * @kernel rcu_read_lock, include/linux/rcupdate.h
 */
export function rcu_read_lock(cpu: Cpu, rcu: number): void {
  const word = readerOf(cpu, rcu);
  preempt_disable(cpu);
  const before = atomic_fetch_add(cpu, word, 1);
  if ((before & DEPTH) === 0) noteHeld(cpu, word, RCU_CLASS, NOTED_READER);
  cpu.rcuNesting++;
}

/**
 * Ends a reader. One that has not begun kills the CPU, as `suspicious-rcu-usage`.
 *
 * @kernel rcu_read_unlock, include/linux/rcupdate.h
 */
export function rcu_read_unlock(cpu: Cpu, rcu: number): void {
  const word = readerOf(cpu, rcu);
  const depth = cpu.isa.view(cpu.base, word) & DEPTH;
  if (depth === 0)
    die(cpu, SUSPICIOUS_RCU_USAGE, 'WARNING: bad unlock balance detected: rcu_read_unlock() without rcu_read_lock()');
  if (depth === 1) forgetHeld(cpu, word);
  atomic_fetch_add(cpu, word, depth === 1 ? ENDED - 1 : -1);
  cpu.rcuNesting--;
  preempt_enable(cpu);
}

/**
 * @kernel rcu_read_lock_held, include/linux/rcupdate.h
 */
export function rcu_read_lock_held(cpu: Cpu, rcu: number): boolean {
  return (cpu.isa.view(cpu.base, readerOf(cpu, rcu)) & DEPTH) !== 0;
}

/**
 * Loads a pointer that readers follow. Outside of a reader it kills the CPU, as `suspicious-rcu-usage`.
 *
 * @kernel rcu_dereference, include/linux/rcupdate.h
 */
export function rcu_dereference(cpu: Cpu, rcu: number, address: number): number {
  if (!rcu_read_lock_held(cpu, rcu))
    die(cpu, SUSPICIOUS_RCU_USAGE, 'WARNING: suspicious RCU usage: rcu_dereference() without rcu_read_lock()', address);
  return READ_ONCE(cpu, address);
}

/**
 * Stores a pointer that readers follow, behind all that was stored before.
 *
 * @kernel rcu_assign_pointer, include/linux/rcupdate.h
 */
export function rcu_assign_pointer(cpu: Cpu, address: number, value: number): void {
  smp_store_release(cpu, address, value);
}

/**
 * Sleeps until all readers have ended that have begun before. A reader that calls it waits for itself: a deadlock, whose report says so as
 * the kernel's lockdep does ("Illegal synchronize_rcu() in RCU read-side critical section").
 *
 * @kernel synchronize_rcu, kernel/rcu/tree.c
 */
export function synchronize_rcu(cpu: Cpu, rcu: number): void {
  if (!rcu_read_lock_held(cpu, rcu)) might_sleep(cpu, 'synchronize_rcu');
  smp_mb(cpu);
  for (let task = 0; task < cpu.places; task++) {
    const word = rcu + RCU.readers + task;
    const seen = READ_ONCE(cpu, word);
    if ((seen & DEPTH) !== 0) waitForHolder(cpu, word, ~DEPTH, seen & ~DEPTH, task, READING);
  }
}

/** Whether a task is in a reader now. */
export function isReading(cpu: Cpu, rcu: number, task: number): boolean {
  return (READ_ONCE(cpu, rcu + RCU.readers + task) & DEPTH) !== 0;
}

/**
 * Frees an object of so many words: who reads it by `readUnfreed` from now on fails.
 *
 * @kernel kfree, mm/slub.c. Differs: poisons always, and nobody gets the memory again.
 */
export function kfree(cpu: Cpu, object: number, size: number): void {
  checkCount('kfree: size', size, 1);
  for (let i = 0; i < size; i++) WRITE_ONCE(cpu, object + i, POISON_FREE);
}

/** Loads a word of an object; one that has been freed kills the CPU, as `use-after-free`. */
export function readUnfreed(cpu: Cpu, address: number): number {
  const word = READ_ONCE(cpu, address);
  if (word === POISON_FREE) die(cpu, USE_AFTER_FREE, 'BUG: KASAN: slab-use-after-free', address);
  return word;
}

function readerOf(cpu: Cpu, rcu: number): number {
  return checkedRcu(cpu, rcu) + RCU.readers + cpu.home;
}

/** Checks the address of an RCU, and returns it. */
export function checkedRcu(cpu: Cpu, rcu: number): number {
  checkAddress(cpu, OP.READ, rcu);
  checkAddress(cpu, OP.READ, rcu + RCU.WORDS - 1);
  if (cpu.places > RCU_TASKS_MAX) throw new RangeError(`RCU serves ${RCU_TASKS_MAX} tasks at most, not ${cpu.places}`);
  return rcu;
}
