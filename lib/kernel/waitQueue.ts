/**
 * Wait queues of the kernel: tasks sleep until somebody wakes them up, and look then whether what they wait for is so. Called on
 * a CPU's thread by races.
 */

import { READ_ONCE, atomic_fetch_and, atomic_fetch_or, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { checkFlag } from '../machine/given.js';
import { sleepOn } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { might_sleep } from './mightSleep.js';

/** Tasks that a wait queue can hold. */
export const WAIT_QUEUE_TASKS_MAX = 32;

/** The words of a wait queue: a bit for each task that sleeps, and for each of these that is woken up alone. */
export const WAIT_QUEUE = struct({ sleepers: WORD, exclusive: WORD });

/** Whether what a task waits for is so. Reads words by the operations of the SDK. */
export type Condition = (cpu: Cpu) => boolean;

/**
 * Sleeps until the condition holds: the task is on the queue before it looks, so that no wake-up is lost. It looks again after
 * each wake-up.
 *
 * @kernel wait_event, include/linux/wait.h
 */
export function wait_event(cpu: Cpu, queue: number, condition: Condition): void {
  waitEvent(cpu, queue, condition, false);
}

/**
 * Sleeps as `wait_event` does; of those who sleep so, `wake_up` wakes one.
 *
 * @kernel wait_event_exclusive_cmd, include/linux/wait.h
 */
export function wait_event_exclusive(cpu: Cpu, queue: number, condition: Condition): void {
  waitEvent(cpu, queue, condition, true);
}

function waitEvent(cpu: Cpu, queue: number, condition: Condition, exclusive: boolean): void {
  might_sleep(cpu, 'wait_event');
  while (!condition(cpu)) {
    prepare_to_wait(cpu, queue, exclusive);
    if (condition(cpu)) break;
    sleepOnQueue(cpu, queue);
  }
  finish_wait(cpu, queue);
}

/**
 * Puts the task on the queue. What it waits for must be looked at behind this, and before `sleepOnQueue`.
 *
 * @kernel prepare_to_wait, kernel/sched/wait.c; prepare_to_wait_exclusive
 */
export function prepare_to_wait(cpu: Cpu, queue: number, exclusive: boolean): void {
  checkFlag('prepare_to_wait: exclusive', exclusive);
  const bit = bitOf(cpu);
  if (exclusive) atomic_fetch_or(cpu, queue + WAIT_QUEUE.exclusive, bit);
  atomic_fetch_or(cpu, queue, bit);
}

/** Sleeps until somebody has woken the task up: schedule() between prepare_to_wait() and finish_wait(). */
export function sleepOnQueue(cpu: Cpu, queue: number): void {
  might_sleep(cpu, 'schedule');
  sleepOn(cpu, queue, bitOf(cpu), 0);
}

/**
 * Takes the task from the queue.
 *
 * @kernel finish_wait, kernel/sched/wait.c
 */
export function finish_wait(cpu: Cpu, queue: number): void {
  const bit = bitOf(cpu);
  if ((READ_ONCE(cpu, queue) & bit) !== 0) atomic_fetch_and(cpu, queue, ~bit);
  if ((READ_ONCE(cpu, queue + WAIT_QUEUE.exclusive) & bit) !== 0)
    atomic_fetch_and(cpu, queue + WAIT_QUEUE.exclusive, ~bit);
}

/**
 * Wakes all tasks on the queue, but of those who sleep exclusively one. In any context.
 *
 * @kernel wake_up, include/linux/wait.h. Differs: the one is that of the lowest number, not the one who came first.
 */
export function wake_up(cpu: Cpu, queue: number): void {
  // The kernel takes the lock of the queue: what was stored before is visible to one who joins the queue behind this look.
  for (let sleepers = cmpxchg(cpu, queue, 0, 0); sleepers !== 0;) {
    const exclusive = READ_ONCE(cpu, queue + WAIT_QUEUE.exclusive) & sleepers;
    const left = exclusive & (exclusive - 1);
    const found = cmpxchg(cpu, queue, sleepers, left);
    if (found === sleepers) return;
    sleepers = found;
  }
}

/**
 * Wakes all tasks on the queue.
 *
 * @kernel wake_up_all, include/linux/wait.h
 */
export function wake_up_all(cpu: Cpu, queue: number): void {
  atomic_fetch_and(cpu, queue, 0);
}

/** Returns the bit of the running task. Throws RangeError where a machine has more than a queue can hold. */
function bitOf(cpu: Cpu): number {
  if (cpu.places > WAIT_QUEUE_TASKS_MAX)
    throw new RangeError(`a wait queue holds ${WAIT_QUEUE_TASKS_MAX} tasks at most, not ${cpu.places}`);
  return 1 << cpu.home;
}
