/**
 * Callbacks of RCU: what is to be done when the readers that are there have ended. Called on a CPU's thread by races.
 *
 * The callbacks of a task wait in a ring of its own. One grace period at a time covers those that were there when it began. It ends when
 * each task was seen outside of a reader since then, as with the kernel's quiescent states, and never while a reader that began before
 * it is in its section.
 */

import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { local_irq_restore, local_irq_save } from './irqflags.js';
import { RCU, RCU_CALLBACK, RCU_CALLBACKS_MAX, checkedRcu, isReading, synchronize_rcu } from './rcu.js';
import { local_bh_disable, local_bh_enable } from './softirq.js';

/** What `call_rcu` calls: one of the handlers that the race declares in `interrupts`. */
export type RcuCallback = (cpu: Cpu, info: number, config: never) => void;

/**
 * Has a handler of the race called with `info` when all readers have ended that have begun before: by the softirq of `rcuSoftirq()`, or in
 * rcu_barrier(). In any context.
 *
 * @kernel call_rcu, kernel/rcu/tree.c. Differs: throws RangeError for the ninth of a task that is pending.
 */
export function call_rcu(cpu: Cpu, rcu: number, callback: RcuCallback, info: number): void {
  const handler = cpu.interrupts.indexOf(callback);
  if (handler < 0) throw new RangeError(`call_rcu: ${callback.name} is not in "interrupts" of the race`);
  const queued = checkedRcu(cpu, rcu) + RCU.queued + cpu.home;
  const flags = local_irq_save(cpu);
  const count = READ_ONCE(cpu, queued);
  if (count - READ_ONCE(cpu, rcu + RCU.done + cpu.home) === RCU_CALLBACKS_MAX)
    throw new RangeError(`call_rcu: a task can have ${RCU_CALLBACKS_MAX} callbacks pending at most`);
  const at = callbackOf(cpu, rcu, count);
  WRITE_ONCE(cpu, at + RCU_CALLBACK.handler, handler + 1);
  WRITE_ONCE(cpu, at + RCU_CALLBACK.info, info);
  WRITE_ONCE(cpu, queued, count + 1);
  local_irq_restore(cpu, flags);
}

/**
 * Sleeps until the callbacks of the task can run, and runs those that the softirq has not.
 *
 * @kernel rcu_barrier, kernel/rcu/tree.c. Differs: those of the calling task alone, with softirqs disabled.
 */
export function rcu_barrier(cpu: Cpu, rcu: number): void {
  const until = READ_ONCE(cpu, checkedRcu(cpu, rcu) + RCU.queued + cpu.home);
  if (until === READ_ONCE(cpu, rcu + RCU.done + cpu.home)) return;
  synchronize_rcu(cpu, rcu);
  local_bh_disable(cpu);
  runCallbacks(cpu, rcu, until);
  local_bh_enable(cpu);
}

/**
 * Returns the handler of a softirq that runs the callbacks of its CPU's task once their grace period is over. `offset` is where the state
 * of the race has its RCU. Declared with a storm it looks now and then, as the kernel does at each tick:
 *
 *     lines: { rcu: { kind: 'softirq', handler: rcuSoftirq(STATE.rcu), storm: 0.1 } }
 */
export function rcuSoftirq(offset: number): (cpu: Cpu, at: number) => void {
  return function rcu_core(cpu, at) {
    const rcu = checkedRcu(cpu, at + offset);
    const done = READ_ONCE(cpu, rcu + RCU.done + cpu.home);
    const covered = rcu + RCU.covered + cpu.home;
    if (READ_ONCE(cpu, covered) - done <= 0 && !beginGracePeriod(cpu, rcu, done)) return;
    if (isOver(cpu, rcu)) runCallbacks(cpu, rcu, READ_ONCE(cpu, covered));
  };
}

/** Begins a grace period for what the task has queued; returns false if there is nothing. */
function beginGracePeriod(cpu: Cpu, rcu: number, done: number): boolean {
  const queued = READ_ONCE(cpu, rcu + RCU.queued + cpu.home);
  if (queued === done) return false;
  WRITE_ONCE(cpu, rcu + RCU.awaited + cpu.home, cpu.places === 32 ? -1 : (1 << cpu.places) - 1);
  WRITE_ONCE(cpu, rcu + RCU.covered + cpu.home, queued);
  return true;
}

/** Looks at the tasks that the grace period waits for; returns whether it is over. */
function isOver(cpu: Cpu, rcu: number): boolean {
  const awaited = READ_ONCE(cpu, rcu + RCU.awaited + cpu.home);
  let left = awaited;
  for (let task = 0; task < cpu.places; task++)
    if ((awaited & (1 << task)) !== 0 && !isReading(cpu, rcu, task)) left &= ~(1 << task);
  if (left !== awaited) WRITE_ONCE(cpu, rcu + RCU.awaited + cpu.home, left);
  return left === 0;
}

/** Runs the callbacks of the task up to the one with this number. Each may queue more. */
function runCallbacks(cpu: Cpu, rcu: number, until: number): void {
  const done = rcu + RCU.done + cpu.home;
  for (let n = READ_ONCE(cpu, done); n - until < 0; n = READ_ONCE(cpu, done)) {
    const at = callbackOf(cpu, rcu, n);
    const handler = cpu.interrupts[READ_ONCE(cpu, at + RCU_CALLBACK.handler) - 1];
    const info = READ_ONCE(cpu, at + RCU_CALLBACK.info);
    WRITE_ONCE(cpu, done, n + 1);
    handler(cpu, info, cpu.config as never);
  }
}

function callbackOf({ home }: Cpu, rcu: number, n: number): number {
  return rcu + RCU.callbacks + (home * RCU_CALLBACKS_MAX + (n % RCU_CALLBACKS_MAX)) * RCU_CALLBACK.WORDS;
}
