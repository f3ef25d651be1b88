/**
 * The places at which the running task can be preempted. Called on a CPU's thread by lib/kernel/percpu.ts, lib/arch and
 * races.
 *
 * Where the running task can be preempted. A kernel that is preemptible can be preempted between any two instructions; the
 * machine has places for it: behind every per-CPU address that is taken (percpu.ts), and wherever modelled code says
 * preemptHere(). A task gives its CPU up at one of its places in a trial: trying at each would cost time, and the first
 * would hide the others.
 */

import type { ContextSwitch, Cpu } from './cpu.js';
import { isOfferedOne, isPreemptible, preemptionPoint } from './migration.js';

/**
 * Allows the running task to be preempted from here on, where preemption and interrupts are on. It gives its CPU up
 * when it reaches `place` for the `nth` time; place 0 is any; nth 0 is never: it only goes where another task gives its
 * CPU up.
 */
export function allowPreemption(cpu: Cpu, how: ContextSwitch, place: number, nth: number): void {
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
  return cpu.contextSwitch !== null && isPreemptible(cpu) && switchTask(cpu, cpu.contextSwitch, place);
}

function switchTask(cpu: Cpu, how: ContextSwitch, place: number): boolean {
  const willing = isTheOne(cpu, place);
  if (!willing && !isOfferedOne(cpu)) return false;
  const from = cpu.id;
  const kept = how.out(cpu);
  const moved = preemptionPoint(cpu, willing);
  how.into(cpu, kept, from);
  return moved;
}

/** Whether this is where the task gives its CPU up. */
function isTheOne(cpu: Cpu, place: number): boolean {
  if (cpu.preemptIn === 0 || (cpu.preemptAt !== 0 && cpu.preemptAt !== place)) return false;
  cpu.preemptIn--;
  return cpu.preemptIn === 0;
}
