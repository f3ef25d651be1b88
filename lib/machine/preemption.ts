/**
 * The places at which the running task can be preempted. Called on a CPU's thread by lib/kernel/percpu.ts, lib/arch and
 * races.
 *
 * Where the running task can be preempted. A kernel that is preemptible can be preempted between any two instructions; the
 * machine has places for it: behind every per-CPU address that is taken (percpu.ts), and wherever modelled code says
 * preemptHere(). A task gives its CPU up at one of its places in a trial: trying at each would cost time, and the first
 * would hide the others.
 */

import { chanceOneIn } from './chance.js';
import type { ContextSwitch, Cpu } from './cpu.js';
import { checkCount } from './given.js';
import { giveWay } from './runQueue.js';
import { isOfferedOne, isPreemptible, exchangeCpus } from './migration.js';

/**
 * Allows the running task to be preempted from here on, where preemption and interrupts are on. It gives its CPU up
 * when it reaches `place` for the `nth` time; place 0 is any; nth 0 is never: it only goes where another task gives its
 * CPU up.
 */
export function allowPreemption(cpu: Cpu, how: ContextSwitch, place: number, nth: number): void {
  if (typeof how?.out !== 'function' || typeof how.into !== 'function')
    throw new TypeError('allowPreemption: how must have out() and into()');
  if ((place | 0) !== place) checkCount('allowPreemption: place', place, 0);
  if ((nth | 0) !== nth) checkCount('allowPreemption: nth', nth, 0);
  cpu.contextSwitch = how;
  cpu.preemptAt = place;
  cpu.preemptIn = nth;
}

/** Forbids the running task to be preempted from here on. */
export function forbidPreemption(cpu: Cpu): void {
  cpu.contextSwitch = null;
}

/**
 * Lets the running task be preempted at `place`, a number in the modelled code, 0 for none. Returns whether the task
 * continues on another CPU. A per-CPU address that was taken before is then another CPU's.
 */
export function preemptHere(cpu: Cpu, place: number): boolean {
  if ((place | 0) !== place) checkCount('preemptHere: place', place, 0);
  return cpu.contextSwitch !== null && isPreemptible(cpu) && switchTask(cpu, cpu.contextSwitch, place);
}

/** One of so many points is where a task gives its CPU up, by itself. */
const WILLING = 4;

/**
 * Lets the running task be preempted here, where preemption, migration and interrupts are on: now and then, by what the trial
 * draws, it gives its CPU up for a while, to a task that has none if there is one; and it exchanges CPUs with another task that does. Returns whether it continues on another
 * CPU. A task for which allowPreemption() was called goes by that instead.
 */
export function preemptionPoint(cpu: Cpu): boolean {
  if (cpu.contextSwitch !== null) return preemptHere(cpu, 0);
  const willing = chanceOneIn(cpu, WILLING);
  const from = cpu.id;
  if (willing && giveWay(cpu)) return cpu.id !== from;
  if (!isPreemptible(cpu) || (!willing && !isOfferedOne(cpu))) return false;
  return exchangeCpus(cpu, willing);
}

function switchTask(cpu: Cpu, how: ContextSwitch, place: number): boolean {
  const willing = isTheOne(cpu, place);
  if (!willing && !isOfferedOne(cpu)) return false;
  const from = cpu.id;
  const kept = how.out(cpu);
  const moved = exchangeCpus(cpu, willing);
  how.into(cpu, kept, from);
  return moved;
}

/** Whether this is where the task gives its CPU up. */
function isTheOne(cpu: Cpu, place: number): boolean {
  if (cpu.preemptIn === 0 || (cpu.preemptAt !== 0 && cpu.preemptAt !== place)) return false;
  cpu.preemptIn--;
  return cpu.preemptIn === 0;
}
