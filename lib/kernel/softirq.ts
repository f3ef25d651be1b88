/**
 * Softirqs and tasklets of a race: how they are raised, disabled and enabled. Called on a CPU's thread by races and by the locks of
 * this folder. A race declares them among its interrupt lines.
 */

import type { Cpu } from '../machine/cpu.js';
import { SERVING_SOFTIRQ, SOFTIRQ_DISABLE_OFFSET } from '../machine/irqMask.js';
import { CPU } from '../machine/layout.js';
import { raiseLine, runSoftirqs } from '../machine/lines.js';
import { die } from '../machine/outcome.js';
import { UNBALANCED } from '../machine/signatures.js';
import { scheduleTasklet } from '../machine/tasklet.js';
import { irqsOnWithLocks } from './lockdep.js';

/**
 * Keeps softirqs away from this CPU until the matching `local_bh_enable`.
 *
 * @kernel local_bh_disable, include/linux/bottom_half.h
 */
export function local_bh_disable(cpu: Cpu): void {
  cpu.mem[cpu.block + CPU.context] += SOFTIRQ_DISABLE_OFFSET;
}

/**
 * Lets softirqs come again, and runs those that were raised meanwhile.
 *
 * @kernel local_bh_enable, include/linux/bottom_half.h
 */
export function local_bh_enable(cpu: Cpu): void {
  const at = cpu.block + CPU.context;
  if (cpu.mem[at] < SOFTIRQ_DISABLE_OFFSET)
    die(cpu, UNBALANCED, 'local_bh_enable() without a local_bh_disable() before it');
  cpu.mem[at] -= SOFTIRQ_DISABLE_OFFSET;
  if (cpu.mem[cpu.block + CPU.held] !== 0 && cpu.mem[at] === 0 && cpu.mem[cpu.irqOff] === 0) irqsOnWithLocks(cpu);
  runSoftirqs(cpu);
}

/**
 * Raises a softirq of this CPU. It runs behind the interrupt that raises it, in `local_bh_enable`, or at the next instruction.
 *
 * @kernel raise_softirq, include/linux/interrupt.h. Differs: names a line; runs on the task's stack what ksoftirqd would run.
 */
export function raise_softirq(cpu: Cpu, line: string): void {
  const number = cpu.lines.numberOf('raise_softirq', line);
  if (cpu.lines.all[number].kind !== 'softirq')
    throw new RangeError(`raise_softirq(${line}): it is a ${cpu.lines.all[number].kind}, and must be a softirq`);
  raiseLine(cpu, number, cpu.id);
}

/**
 * Schedules a tasklet on this CPU, unless it is scheduled on any. It runs on one CPU at a time.
 *
 * @kernel tasklet_schedule, include/linux/interrupt.h. Differs: names a line.
 */
export function tasklet_schedule(cpu: Cpu, line: string): void {
  const number = cpu.lines.numberOf('tasklet_schedule', line);
  if (cpu.lines.all[number].kind !== 'tasklet')
    throw new RangeError(`tasklet_schedule(${line}): it is a ${cpu.lines.all[number].kind}, and must be a tasklet`);
  if (scheduleTasklet(cpu, number)) raiseLine(cpu, number, cpu.id);
}

/** What a handler leaves for later. */
export type Softirq<C> = (cpu: Cpu, at: number, config: C) => void;

/**
 * Runs `softirq` behind the handler of a call, with interrupts on, as if it had been raised there. Returns false where softirqs are
 * disabled or one runs: then the caller notes it, and calls this where they are enabled. For races that `explore` searches, which have no interrupt lines.
 *
 * @kernel __do_softirq, kernel/softirq.c. Differs: called at the end of the handler, on top of it.
 */
export function __do_softirq<C>(cpu: Cpu, softirq: Softirq<C>, at: number, config: C): boolean {
  cpu.servesSoftirqs = true;
  if (in_softirq(cpu)) return false;
  const { mem, irqOff } = cpu;
  const context = cpu.block + CPU.context;
  const masked = mem[irqOff];
  const interrupted = mem[context];
  mem[irqOff] = 0;
  mem[context] = interrupted | SERVING_SOFTIRQ;
  softirq(cpu, at, config);
  mem[context] = interrupted;
  mem[irqOff] = masked;
  return true;
}

/**
 * @kernel in_softirq, include/linux/preempt.h. Also where softirqs are disabled.
 */
export function in_softirq(cpu: Cpu): boolean {
  return (cpu.mem[cpu.block + CPU.context] & SERVING_SOFTIRQ) !== 0 || softirqsDisabled(cpu);
}

/**
 * @kernel in_serving_softirq, include/linux/preempt.h
 */
export function in_serving_softirq(cpu: Cpu): boolean {
  return (cpu.mem[cpu.block + CPU.context] & SERVING_SOFTIRQ) !== 0;
}

function softirqsDisabled(cpu: Cpu): boolean {
  return cpu.mem[cpu.block + CPU.context] >= SOFTIRQ_DISABLE_OFFSET;
}
