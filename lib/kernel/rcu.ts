/**
 * RCU: readers who wait for nobody, and writers who wait until all have left. Called on a CPU's thread by races.
 *
 * Differs: the state is a struct that the race declares, as that of SRCU is, since each trial needs its own; readers disable
 * preemption, as without CONFIG_PREEMPT_RCU; a grace period waits for the readers themselves, where the kernel waits for context
 * switches, and readers order memory as a full fence does.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, smp_mb, smp_store_release } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
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
const CALLBACKS_MAX = 8;

/** A callback: its number in the race's list of handlers, plus one, and what it is called with. */
const CALLBACK = struct({ handler: WORD, info: WORD });

/*
 * Each task has a word:
 *   sections that it has ended:24 | how deep it is in one:8
 */
export const RCU = struct({
  readers: words(RCU_TASKS_MAX),
  /** Callbacks of each task; written by that task alone. */
  pending: words(RCU_TASKS_MAX),
  callbacks: words(RCU_TASKS_MAX * CALLBACKS_MAX * CALLBACK.WORDS),
});

const DEPTH = 0xff;
const ENDED = 0x100;
/** A grace period waits until a task's word is another one. */
const READING = HOLDER.NEGATE | HOLDER.IS_TASK | HOLDER.IS_READER;

/** What the words of a freed object are, as SLUB leaves them. */
export const POISON_FREE = 0x6b6b6b6b;

/** What `call_rcu` calls: one of the handlers that the race declares in `interrupts`. */
export type RcuCallback = (cpu: Cpu, info: number, config: never) => void;

/**
 * Begins a reader. Nests.
 *
 * @kernel rcu_read_lock, include/linux/rcupdate.h
 */
export function rcu_read_lock(cpu: Cpu, rcu: number): void {
  const word = readerOf(cpu, rcu);
  preempt_disable(cpu);
  atomic_fetch_add(cpu, word, 1);
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
  for (let task = 0; task < cpu.cpus; task++) {
    const word = rcu + RCU.readers + task;
    const seen = READ_ONCE(cpu, word);
    if ((seen & DEPTH) !== 0) waitForHolder(cpu, word, ~DEPTH, seen & ~DEPTH, task, READING);
  }
}

/**
 * Has a handler of the race called with `info` when all readers have ended that have begun before. In any context.
 *
 * @kernel call_rcu, kernel/rcu/tree.c. Differs: the task itself calls it, in rcu_barrier(); throws RangeError for the ninth that is
 * pending.
 */
export function call_rcu(cpu: Cpu, rcu: number, callback: RcuCallback, info: number): void {
  const pending = checkedRcu(cpu, rcu) + RCU.pending + cpu.home;
  const handler = cpu.interrupts.indexOf(callback);
  if (handler < 0) throw new RangeError(`call_rcu: ${callback.name} is not in "interrupts" of the race`);
  if (cpu.mem[pending] === CALLBACKS_MAX)
    throw new RangeError(`call_rcu: a task can have ${CALLBACKS_MAX} callbacks pending at most`);
  const at = callbacksOf(cpu, rcu) + cpu.mem[pending]++ * CALLBACK.WORDS;
  WRITE_ONCE(cpu, at + CALLBACK.handler, handler + 1);
  WRITE_ONCE(cpu, at + CALLBACK.info, info);
}

/**
 * Sleeps until the callbacks of the task can run, and runs them.
 *
 * @kernel rcu_barrier, kernel/rcu/tree.c. Differs: those of the calling task alone, one behind the other.
 */
export function rcu_barrier(cpu: Cpu, rcu: number): void {
  const pending = checkedRcu(cpu, rcu) + RCU.pending + cpu.home;
  if (cpu.mem[pending] === 0) return;
  synchronize_rcu(cpu, rcu);
  const count = cpu.mem[pending];
  cpu.mem[pending] = 0;
  for (let i = 0; i < count; i++) {
    const at = callbacksOf(cpu, rcu) + i * CALLBACK.WORDS;
    const handler = cpu.interrupts[READ_ONCE(cpu, at + CALLBACK.handler) - 1];
    handler(cpu, READ_ONCE(cpu, at + CALLBACK.info), cpu.config as never);
  }
}

/**
 * Frees an object of so many words: who reads it by `readUnfreed` from now on fails.
 *
 * @kernel kfree, mm/slub.c. Differs: poisons always, and nobody gets the memory again.
 */
export function kfree(cpu: Cpu, object: number, size: number): void {
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

function callbacksOf({ home }: Cpu, rcu: number): number {
  return rcu + RCU.callbacks + home * CALLBACKS_MAX * CALLBACK.WORDS;
}

function checkedRcu(cpu: Cpu, rcu: number): number {
  checkAddress(cpu, OP.READ, rcu);
  checkAddress(cpu, OP.READ, rcu + RCU.WORDS - 1);
  if (cpu.cpus > RCU_TASKS_MAX) throw new RangeError(`RCU serves ${RCU_TASKS_MAX} tasks at most, not ${cpu.cpus}`);
  return rcu;
}
