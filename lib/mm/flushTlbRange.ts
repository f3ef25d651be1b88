/** The flush of single pages from TLBs without tags. Called on a CPU's thread by races in which it matters what a flush leaves alone. */

import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { preempt_disable, preempt_enable } from '../kernel/preempt.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { tlbDrop } from './tlb.js';

const FLUSH_TLB_RANGE = kernelFunction('flush_tlb_range');

/** Drops one page from the running CPU's TLB, on behalf of another CPU; the word `info` says which. Runs in interrupt context. */
export function flushTlbFuncPage(cpu: Cpu, info: number): void {
  tlbDrop(cpu, READ_ONCE(cpu, info));
}

/**
 * Flushes the page `va` (the key of `tlbFill`) from the TLBs of the CPUs in the mask at word `cpu_vm_mask`, and waits until each has
 * done so. `info`: a word of the running CPU's own for each CPU.
 *
 * @kernel flush_tlb_range, arch/x86/mm/tlb.c. Differs: one page, through interrupts; the first 32 CPUs; no generations, no lazy mode.
 */
export function flush_tlb_range(cpu: Cpu, info: number, cpu_vm_mask: number, va: number): void {
  preempt_disable(cpu);
  enter(cpu, FLUSH_TLB_RANGE);
  const own = info + cpu.id;
  WRITE_ONCE(cpu, own, va);
  const mask = READ_ONCE(cpu, cpu_vm_mask);
  const self = cpumask_of(cpu.id);
  if ((mask & self) !== 0) tlbDrop(cpu, va);
  if ((mask & ~self) !== 0) smp_call_function_many(cpu, mask & ~self, 0, flushTlbFuncPage, own, true);
  leave(cpu);
  preempt_enable(cpu);
}
