/**
 * Calls of functions on other CPUs by IPI. Called on the sender's thread by races and by the TLB flushes of lib/mm.
 */

import type { Cpu, InterruptHandler } from '../machine/cpu.js';
import { awaitAcks, post } from '../machine/ipi.js';
import { runHandler } from '../machine/handler.js';
import { checkWord } from '../machine/access.js';
import { checkFlag } from '../machine/given.js';
import { IPI_NO_CPU, IPI_WAIT_IRQS_OFF } from '../machine/signatures.js';
import { die } from '../machine/outcome.js';
import { WARN } from './bug.js';
import { cpumask_of } from './cpumask.js';
import { irqs_disabled, local_irq_restore, local_irq_save } from './irqflags.js';
import { ipiWait } from './lockdep.js';
import { preempt_disable, preempt_enable } from './preempt.js';

export { IPI_WAIT_IRQS_OFF };

/**
 * Runs `func(info)` on CPU `target` in interrupt context; with `wait`, returns when it has run. The own CPU runs it
 * at once, with interrupts off.
 *
 * @kernel smp_call_function_single, kernel/smp.c. Differs: always uses this CPU's own call slot.
 */
export function smp_call_function_single(
  cpu: Cpu,
  target: number,
  func: InterruptHandler,
  info: number,
  wait: boolean,
): void {
  checkCall(cpu, 'smp_call_function_single', target, info);
  if (typeof wait !== 'boolean') checkFlag('smp_call_function_single: wait', wait);
  if (target === cpu.id) {
    const flags = local_irq_save(cpu);
    runHandler(cpu, func, info);
    local_irq_restore(cpu, flags);
    return;
  }
  const bit = 1 << (target & 31);
  smp_call_function_many(cpu, target < 32 ? bit : 0, target < 32 ? 0 : bit, func, info, wait);
}

/**
 * Runs `func(info)` on every other CPU of the mask: bit b of `low` is CPU b, bit b of `high` CPU 32 + b. Waiting with
 * interrupts off warns: two CPUs that do so at once wait for each other.
 *
 * @kernel smp_call_function_many, kernel/smp.c. Differs: the mask is two words.
 */
export function smp_call_function_many(
  cpu: Cpu,
  low: number,
  high: number,
  func: InterruptHandler,
  info: number,
  wait: boolean,
): void {
  checkMask('smp_call_function_many', low, high, info);
  if (typeof wait !== 'boolean') checkFlag('smp_call_function_many: wait', wait);
  // Where a race polls, lockdep alone says of a wait that does not that it could hang.
  if (wait && irqs_disabled(cpu) && !cpu.polls)
    WARN(cpu, IPI_WAIT_IRQS_OFF, 'I14: IPI wait entered with interrupts off');
  if ((wait && namesOthers(cpu, low, high)) || isCallUnderWay(cpu)) ipiWait(cpu);
  preempt_disable(cpu);
  post(cpu, low, high, func, info, wait);
  // Not by send(): what ends the trial here passes one function less.
  if (wait) awaitAcks(cpu);
  preempt_enable(cpu);
}

/**
 * Has another CPU run `func(info)` in interrupt context, without waiting for it; `csd_lock_wait` does that. An actor must
 * not end before it: a handler that fails later would fail another trial.
 *
 * @kernel smp_call_function_single_async, kernel/smp.c. Differs: the call is under way until the handler has run.
 */
export function smp_call_function_single_async(cpu: Cpu, target: number, func: InterruptHandler, info: number): void {
  checkCall(cpu, 'smp_call_function_single_async', target, info);
  const bit = 1 << (target & 31);
  if (isCallUnderWay(cpu)) ipiWait(cpu);
  preempt_disable(cpu);
  post(cpu, target < 32 ? bit : 0, target < 32 ? 0 : bit, func, info, true);
  preempt_enable(cpu);
}

/**
 * Waits until the CPU's last call is no longer under way, taking interrupts meanwhile if they are on.
 *
 * @kernel csd_lock_wait, kernel/smp.c
 */
export function csd_lock_wait(cpu: Cpu): void {
  if (isCallUnderWay(cpu)) ipiWait(cpu);
  awaitAcks(cpu);
}

/** Checks a call before it is made: for a target without a bit in any mask, no report could name the CPU that was called. */
function checkCall(cpu: Cpu, name: string, target: number, info: number): void {
  if (!Number.isInteger(target) || target < 0 || target >= cpu.cpus)
    die(cpu, IPI_NO_CPU, `${name} to CPU ${String(target)}: the machine has CPUs 0 to ${cpu.cpus - 1}`);
  if ((info | 0) !== info) checkWord(`the argument of ${name}`, info);
}

// The messages are made where they are needed: as a call is sent in most trials.
function checkMask(name: string, low: number, high: number, info: number): void {
  if ((low | 0) !== low) checkWord(`the mask of ${name}`, low);
  if ((high | 0) !== high) checkWord(`the mask of ${name}`, high);
  if ((info | 0) !== info) checkWord(`the argument of ${name}`, info);
}

function namesOthers(cpu: Cpu, low: number, high: number): boolean {
  return (low & ~cpumask_of(cpu.id)) !== 0 || (high & ~cpumask_of(cpu.id - 32)) !== 0;
}

/** Whether the CPU's last call has not been taken by all: a CPU that posts another one waits for that first. Asked for lockdep alone. */
function isCallUnderWay(cpu: Cpu): boolean {
  return cpu.lockWords !== 0 && (cpu.mailboxes.unacked(cpu.id, 0) | cpu.mailboxes.unacked(cpu.id, 1)) !== 0;
}
