/**
 * Enters, leaves and flushes lazy MMU mode. Called on a CPU's thread by the race lazy-mmu, mapping.ts and
 * vmallocFault.ts.
 *
 * Lazy MMU mode: while it is on, a CPU collects its page-table updates in a queue. The mode is a per-CPU word, so
 * whatever reads it and acts on it must stay on the CPU: between the two are places where a task can be preempted.
 */

import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import { checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { preemptHere } from '../../machine/preemption.js';
import { BUG } from '../../kernel/bug.js';
import { in_interrupt, irqs_disabled } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, per_cpu_ptr, this_cpu_read, this_cpu_write } from '../../kernel/percpu.js';
import { lockdep_is_held } from '../../kernel/spinlock.js';
import { preempt_count, preempt_disable, preempt_enable } from '../../kernel/preempt.js';
import { WORD, struct } from '../../sharedarraybuffer-utils/index.js';
import { dropQueue, issueQueue, queueLength, type QueueForm } from './mmuQueue.js';
import { assertRule, type RuleChecks } from './rules.js';

export const PARAVIRT_LAZY_NONE = 0;
export const PARAVIRT_LAZY_MMU = 1;

/** `mode` holds the mode in its low byte, above it the thread of the task that has entered it, plus 1, for reports. */
const LAZY = struct({ mode: WORD });
const MODE_MASK = 0xff;
const TASK_SHIFT = 8;
const paravirt_lazy_mode = DEFINE_PER_CPU('paravirt_lazy_mode', LAZY.WORDS);

/** Places where a task can be preempted; PREEMPT_FLAGS is mmuQueue.ts's. */
export const PREEMPT_LAZY_ENTER = 2;
export const PREEMPT_LAZY_LEAVE = 3;
export const PREEMPT_LAZY_FLUSH = 4;

/** Per task, kept in the area of the CPU that its thread started as: the counters of the fix of 2025. */
const TASK = struct({ enable_count: WORD, pause_count: WORD });
const task_struct = DEFINE_PER_CPU('task_struct', TASK.WORDS);

/** What a fix changes in lazy mode itself. */
export interface LazyMode extends QueueForm {
  /** 1 where the hardware walks a shadow of the guest's tables, 0 where it walks these: distance of the entry it uses. */
  readonly hardware: 0 | 1;
  /** [fix] paravirt_flush_lazy_mmu() with preemption disabled. */
  readonly flushPreemptOff: boolean;
  /** [fix] Entering disables preemption, leaving enables it. */
  readonly enterPreemptOff: boolean;
  /** [fix] The mode follows the task over a context switch, and reads as none in interrupts. */
  readonly taskFlag: boolean;
  /** [fix] Counters of the task above that: sections nest, can be paused, and do nothing in interrupts. */
  readonly taskCount: boolean;
  readonly checks: RuleChecks;
}

/** Signature of an enter or leave that finds another lazy mode than it must. */
export const BUG_LAZY_MODE = 'bug-lazy-mode';

const F_FLUSH = kernelFunction('paravirt_flush_lazy_mmu');
const F_ENTER = kernelFunction('enter_lazy');
const F_LEAVE = kernelFunction('leave_lazy');

/**
 * Returns the mode that decides whether an update is queued.
 *
 * @kernel paravirt_get_lazy_mode, arch/x86/kernel/paravirt.c. With the fix of 2009 it is none in interrupts.
 */
export function paravirt_get_lazy_mode(cpu: Cpu, pv: LazyMode): number {
  if (pv.taskFlag && in_interrupt(cpu)) return PARAVIRT_LAZY_NONE;
  return rawMode(cpu);
}

function rawMode(cpu: Cpu): number {
  return this_cpu_read(cpu, paravirt_lazy_mode, LAZY.mode) & MODE_MASK;
}

/**
 * Starts to collect updates. `ptl` is the lock of the user page table that they are for; 0 where they are for another.
 *
 * @kernel paravirt_enter_lazy_mmu, arch/x86/kernel/paravirt.c; lazy_mmu_mode_enable with the fix of 2025.
 * Differs: takes the lock, for the rules.
 */
export function paravirt_enter_lazy_mmu(cpu: Cpu, pv: LazyMode, ptl: number): void {
  if ((ptl | 0) !== ptl) checkWord('paravirt_enter_lazy_mmu: ptl', ptl);
  assertRule(cpu, pv.checks, 'C', !in_interrupt(cpu));
  assertRule(cpu, pv.checks, 'A', ptl !== 0 && lockdep_is_held(cpu, ptl), ptl);
  if (!pv.taskCount) {
    if (pv.enterPreemptOff) preempt_disable(cpu); // [fix preempt-off +]
    enter_lazy(cpu, pv);
    return;
  }
  const task = current(cpu);
  if (in_interrupt(cpu) || cpu.mem[task + TASK.pause_count] !== 0) return;
  if (cpu.mem[task + TASK.enable_count]++ === 0) enter_lazy(cpu, pv);
}

/**
 * Carries out what was collected, and collects no more.
 *
 * @kernel paravirt_leave_lazy_mmu, arch/x86/kernel/paravirt.c; lazy_mmu_mode_disable with the fix of 2025
 */
export function paravirt_leave_lazy_mmu(cpu: Cpu, pv: LazyMode): void {
  if (!pv.taskCount) {
    leave_lazy(cpu, pv);
    if (pv.enterPreemptOff) preempt_enable(cpu); // [fix preempt-off +]
    return;
  }
  const task = current(cpu);
  if (in_interrupt(cpu) || cpu.mem[task + TASK.pause_count] !== 0) return;
  if (--cpu.mem[task + TASK.enable_count] === 0) leave_lazy(cpu, pv);
  else paravirt_flush_lazy_mmu(cpu, pv);
}

/**
 * Carries out what was collected so far, and collects again.
 *
 * @kernel paravirt_flush_lazy_mmu, arch/x86/kernel/paravirt.c
 */
export function paravirt_flush_lazy_mmu(cpu: Cpu, pv: LazyMode): void {
  if (pv.flushPreemptOff) preempt_disable(cpu); // [fix flush-preempt-off +]
  if (paravirt_get_lazy_mode(cpu, pv) === PARAVIRT_LAZY_MMU) {
    enter(cpu, F_FLUSH);
    preemptHere(cpu, PREEMPT_LAZY_FLUSH);
    leave_lazy(cpu, pv);
    preemptHere(cpu, 0);
    enter_lazy(cpu, pv);
    leave(cpu);
  }
  if (pv.flushPreemptOff) preempt_enable(cpu); // [fix flush-preempt-off +]
}

/**
 * Makes updates take effect at once until the matching `lazy_mmu_mode_resume`.
 *
 * @kernel lazy_mmu_mode_pause, include/linux/pgtable.h (2025)
 */
export function lazy_mmu_mode_pause(cpu: Cpu, pv: LazyMode): void {
  const task = current(cpu);
  if (in_interrupt(cpu)) return;
  if (cpu.mem[task + TASK.pause_count]++ === 0 && cpu.mem[task + TASK.enable_count] > 0) leave_lazy(cpu, pv);
}

/**
 * @kernel lazy_mmu_mode_resume, include/linux/pgtable.h (2025)
 */
export function lazy_mmu_mode_resume(cpu: Cpu, pv: LazyMode): void {
  const task = current(cpu);
  if (in_interrupt(cpu)) return;
  if (--cpu.mem[task + TASK.pause_count] === 0 && cpu.mem[task + TASK.enable_count] > 0) enter_lazy(cpu, pv);
}

/**
 * @kernel enter_lazy, arch/x86/kernel/paravirt.c (8965c1c0950d). Its BUG_ON(preemptible()) is rule R1 here.
 */
function enter_lazy(cpu: Cpu, pv: LazyMode): void {
  enter(cpu, F_ENTER);
  assertRule(cpu, pv.checks, 'R1', !preemptible(cpu));
  const found = this_cpu_read(cpu, paravirt_lazy_mode, LAZY.mode);
  if (found !== 0)
    BUG(
      cpu,
      BUG_LAZY_MODE,
      'BUG_ON(lazy_mode != PARAVIRT_LAZY_NONE) at enter',
      found & MODE_MASK,
      found >>> TASK_SHIFT,
    );
  preemptHere(cpu, PREEMPT_LAZY_ENTER);
  this_cpu_write(cpu, paravirt_lazy_mode, LAZY.mode, PARAVIRT_LAZY_MMU | ((cpu.home + 1) << TASK_SHIFT));
  leave(cpu);
}

/**
 * @kernel leave_lazy, arch/x86/kernel/paravirt.c (8965c1c0950d). Its BUG_ON(preemptible()) is rule R1 here.
 */
function leave_lazy(cpu: Cpu, pv: LazyMode): void {
  enter(cpu, F_LEAVE);
  assertRule(cpu, pv.checks, 'R1', !preemptible(cpu));
  const found = this_cpu_read(cpu, paravirt_lazy_mode, LAZY.mode);
  if ((found & MODE_MASK) !== PARAVIRT_LAZY_MMU) {
    BUG(cpu, BUG_LAZY_MODE, 'BUG_ON(lazy_mode != mode) at leave', found & MODE_MASK, found >>> TASK_SHIFT);
  }
  preemptHere(cpu, PREEMPT_LAZY_LEAVE);
  issueQueue(cpu);
  preemptHere(cpu, 0);
  this_cpu_write(cpu, paravirt_lazy_mode, LAZY.mode, PARAVIRT_LAZY_NONE);
  leave(cpu);
}

/**
 * @kernel preemptible, include/linux/preempt.h
 */
export function preemptible(cpu: Cpu): boolean {
  return preempt_count(cpu) === 0 && !irqs_disabled(cpu);
}

/**
 * Leaves the lazy mode of the task that goes. Returns whether it was in it. Interrupts are off.
 *
 * @kernel paravirt_start_context_switch, arch/x86/kernel/paravirt.c (2009). Differs: the flag of the task is the result.
 */
export function paravirt_start_context_switch(cpu: Cpu, pv: LazyMode): boolean {
  if (rawMode(cpu) !== PARAVIRT_LAZY_MMU) return false;
  leave_lazy(cpu, pv);
  return true;
}

/**
 * Enters the lazy mode that the task was in, on the CPU where it continues. Interrupts are off.
 *
 * @kernel paravirt_end_context_switch, arch/x86/kernel/paravirt.c (2009)
 */
export function paravirt_end_context_switch(cpu: Cpu, pv: LazyMode, wasLazy: boolean): void {
  if (wasLazy) enter_lazy(cpu, pv);
}

/** Returns the word index of the running task. */
function current(cpu: Cpu): number {
  return per_cpu_ptr(cpu, task_struct, cpu.home);
}

/** Whether the CPU is neither in lazy mode nor has anything queued, as it must be when it goes to user mode (I6). */
export function isSettled(cpu: Cpu): boolean {
  return rawMode(cpu) === PARAVIRT_LAZY_NONE && queueLength(cpu) === 0;
}

/** Brings the CPU's and the task's words into their first state, after an abandoned trial. */
export function dropLazyMode(cpu: Cpu): void {
  dropQueue(cpu);
  this_cpu_write(cpu, paravirt_lazy_mode, LAZY.mode, PARAVIRT_LAZY_NONE);
  const task = current(cpu);
  for (let w = task; w < task + TASK.WORDS; w++) cpu.mem[w] = 0;
}

/** Reads the lazy mode of the CPU whose per-CPU area starts at word `area`: the mode, and who has entered it (-1: nobody). */
export function readLazyMode(mem: Int32Array, area: number): { readonly mode: number; readonly enteredBy: number } {
  const found = mem[area + paravirt_lazy_mode.offset + LAZY.mode];
  return { mode: found & MODE_MASK, enteredBy: (found >>> TASK_SHIFT) - 1 };
}
