/**
 * Finds that a lock which sleeps belongs to a task that has exited. Called by standstill.ts.
 *
 * Such a lock belongs to the task and not to its CPU: no interrupt gives it back, on whatever CPU. So it is lost at once, while others
 * run and though timers raise interrupts. One read is a proof. The waiter had seen in the word that the task has the lock; the task exits once in a
 * trial, with the lock on its list; and the word still says the same behind that.
 */

import { LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { CONDITION_IS, isMetBy, mayProvide } from './condition.js';
import { blockOf } from './cpu.js';
import { hasAmong } from './heldLocks.js';
import { CONDITION, CPU, PROGRESS } from './layout.js';
import { runningThread } from './migration.js';
import { ACTIVITY } from './outcome.js';
import { WAIT, waitKind, waitObject } from './wait.js';
import type { Walker } from './walker.js';

const { HELD, TASKS } = CONDITION_IS;

/** Returns the place of the task that has exited with the lock which CPU `from` waits for; -1 if that is not so. */
export function exitedHolder(walker: Walker, from: number): number {
  const { mem, map } = walker;
  const block = blockOf(map, from);
  const wait = Atomics.load(mem, block + CPU.wait);
  if (
    waitKind(wait) !== WAIT.WORD ||
    (mem[block + CPU.condition + CONDITION.flags] & (HELD | TASKS)) !== (HELD | TASKS)
  )
    return -1;
  const lock = waitObject(wait);
  const place = placeOfExited(walker, block, lock);
  if (place < 0 || isMetBy(mem, block, Atomics.load(mem, lock))) return -1;
  return Atomics.load(mem, block + CPU.wait) === wait ? place : -1;
}

/** Returns where the thread of the task stands that is named in this block, if that has exited with the lock. */
function placeOfExited({ mem, map, places }: Walker, block: number, lock: number): number {
  for (let t = 0; t < places; t++) {
    const at = blockOf(map, t);
    const task = runningThread(mem, at);
    if (task < 0 || !mayProvide(mem, block, task)) continue;
    if (mem[at + CPU.activity] !== ACTIVITY.EXITED || !hasEnded(map, mem, task, block)) return -1;
    if (!hasAmong(mem, at, mem[at + CPU.exitedWith], lock)) return -1;
    // Where tasks share CPUs it moves once more, to a place without one.
    return runningThread(mem, at) === task ? t : -1;
  }
  return -1;
}

/** Whether a task has ended in the trial of the CPU with this block. Where each has a CPU, that CPU's activity says it. */
function hasEnded(map: Walker['map'], mem: Int32Array, task: number, block: number): boolean {
  const { cpus, processors = cpus } = map.shape;
  const ended = map.progress + task * LINE_WORDS + PROGRESS.taskEnded;
  return processors === cpus || Atomics.load(mem, ended) === mem[block + CPU.trial];
}
