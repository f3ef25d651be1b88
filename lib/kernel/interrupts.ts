/** Raises interrupt lines, masks them, and sets their timers. Called on a CPU's thread by races. */

import type { Cpu } from '../machine/cpu.js';
import { CPU } from '../machine/layout.js';
import { PRIORITY_MAX } from '../machine/lineTable.js';
import { raiseLine } from '../machine/lines.js';
import { OFFLINE_CPUS_MAX, reachedCpus } from '../machine/offline.js';
import { scheduleTasklet } from '../machine/tasklet.js';
import { TIMER_MAX, startTimerOf, stopTimerOf } from '../machine/timers.js';

/**
 * Raises an interrupt line that the race declares: on this CPU, or on CPU `on`. It is taken at that CPU's next instruction
 * boundary at which it is not masked. Softirqs and tasklets are raised by the CPU that runs them.
 */
export function raiseInterrupt(cpu: Cpu, line: string, { on = cpu.id }: { readonly on?: number } = {}): void {
  const number = cpu.lines.numberOf('raiseInterrupt', line);
  if (!Number.isInteger(on) || on < 0 || on >= cpu.cpus)
    throw new RangeError(`raiseInterrupt(${line}) on CPU ${String(on)}: the machine has CPUs 0 to ${cpu.cpus - 1}`);
  if (on !== cpu.id && (cpu.lines.softirqs & (1 << number)) !== 0)
    throw new RangeError(
      `raiseInterrupt(${line}) on CPU ${on}: a ${cpu.lines.all[number].kind} is raised by the CPU that runs it`,
    );
  if (on !== cpu.id && on < OFFLINE_CPUS_MAX && reachedCpus(cpu, 1 << on) === 0) return;
  if (cpu.lines.all[number].kind === 'tasklet' && !scheduleTasklet(cpu, number)) return;
  raiseLine(cpu, number, on);
}

/**
 * Starts the timer of a line on this CPU, in place of the one that the line had: one interrupt `after` so many of the CPU's
 * instruction boundaries, or one `every` so many. It ends with the actor.
 */
export function startTimer(
  cpu: Cpu,
  line: string,
  when: { readonly after: number; readonly every?: never } | { readonly every: number; readonly after?: never },
): void {
  const number = cpu.lines.numberOf('startTimer', line);
  const field = when.every === undefined ? 'after' : 'every';
  const count: unknown = when[field];
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > TIMER_MAX)
    throw new RangeError(
      `startTimer(${line}): ${field} is ${String(count)}, and must be a whole number of instructions from 1 to ${TIMER_MAX}`,
    );
  startTimerOf(cpu, number, count as number, field === 'every' ? (count as number) : 0);
}

/** Stops the timer of a line on this CPU. An interrupt that is pending still comes. */
export function stopTimer(cpu: Cpu, line: string): void {
  stopTimerOf(cpu, cpu.lines.numberOf('stopTimer', line));
}

/** Masks a line on this CPU, whatever raises it: its interrupts stay pending until `unmaskInterrupt`, or are lost with the trial. */
export function maskInterrupt(cpu: Cpu, line: string): void {
  cpu.mem[cpu.block + CPU.masked] |= 1 << cpu.lines.numberOf('maskInterrupt', line);
}

/** Lets the interrupts of a line come again on this CPU. */
export function unmaskInterrupt(cpu: Cpu, line: string): void {
  cpu.mem[cpu.block + CPU.masked] &= ~(1 << cpu.lines.numberOf('unmaskInterrupt', line));
}

/**
 * Has hardirqs of a priority up to `level` wait on this CPU, and softirqs from 1 on; returns the level before, which the actor or the
 * handler restores. 0 lets all come.
 */
export function setInterruptLevel(cpu: Cpu, level: number): number {
  if (!Number.isInteger(level) || level < 0 || level > PRIORITY_MAX)
    throw new RangeError(`setInterruptLevel(${String(level)}): it must be a whole number from 0 to ${PRIORITY_MAX}`);
  const before = cpu.mem[cpu.block + CPU.level];
  cpu.mem[cpu.block + CPU.level] = level;
  return before;
}
