/** Tasks that sleep and are woken by name, and that give way to others. Called on a CPU's thread by races. */

import { READ_ONCE, WRITE_ONCE, xchg } from '../machine/access.js';
import { chanceOneIn } from '../machine/chance.js';
import type { Cpu } from '../machine/cpu.js';
import { giveWay, hasRunQueue } from '../machine/runQueue.js';
import { sleepOn } from '../machine/waitOn.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { might_sleep } from './mightSleep.js';

/** The word of a task that others wake up: its state. */
export const TASK_STRUCT = struct({ state: WORD });

export const TASK_RUNNING = 0;
export const TASK_INTERRUPTIBLE = 1;
export const TASK_UNINTERRUPTIBLE = 2;

/** One of so many cond_resched() gives way. */
const RESCHEDULED = 2;

/**
 * Says that the running task is about to sleep, or does not any more, before anything that follows.
 *
 * @kernel set_current_state, include/linux/sched.h. Differs: `task` is where the race has the state of the running task.
 */
export function set_current_state(cpu: Cpu, task: number, state: number): void {
  xchg(cpu, task, state);
}

/**
 * Says the same without a barrier.
 *
 * @kernel __set_current_state, include/linux/sched.h
 */
export function __set_current_state(cpu: Cpu, task: number, state: number): void {
  WRITE_ONCE(cpu, task, state);
}

/**
 * Sleeps until somebody has woken the task up, if its state says that it is about to sleep; otherwise it gives way to a task that is
 * ready. Where there are more tasks than CPUs another one has the CPU meanwhile.
 *
 * @kernel schedule, kernel/sched/core.c
 */
export function schedule(cpu: Cpu, task: number): void {
  might_sleep(cpu, 'schedule');
  if (READ_ONCE(cpu, task) === TASK_RUNNING) giveWay(cpu);
  else sleepOn(cpu, task, -1, TASK_RUNNING);
}

/**
 * Wakes a task up; returns whether it slept or was about to. In any context.
 *
 * @kernel wake_up_process, kernel/sched/core.c
 */
export function wake_up_process(cpu: Cpu, task: number): boolean {
  return xchg(cpu, task, TASK_RUNNING) !== TASK_RUNNING;
}

/**
 * Gives the CPU to a task that is ready for it, one time of two as the trial draws. Does nothing where the task cannot be preempted, and
 * where each task has a CPU.
 *
 * @kernel cond_resched, include/linux/sched.h
 */
export function cond_resched(cpu: Cpu): void {
  if (hasRunQueue(cpu) && chanceOneIn(cpu, RESCHEDULED)) giveWay(cpu);
}
