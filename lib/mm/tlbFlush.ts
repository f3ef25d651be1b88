/** The TLB flush of i386 and of Xen PV in 2.6.23. Called on a CPU's thread by races. */

import { READ_ONCE, atomic_fetch_or, checkWord } from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { endWindow, raceWindow } from '../machine/windows.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { preempt_disable, preempt_enable } from '../kernel/preempt.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { tlbFlushCpu } from './tlb.js';

/** How other CPUs' TLBs are flushed: by an interrupt that each must take, or by the hypervisor for them. */
export type FlushBackEnd = 'ipi' | 'hypercall';

const FLUSH_TLB_PAGE = kernelFunction('flush_tlb_page');
const FLUSH_TLB_OTHERS = kernelFunction('native_flush_tlb_others');

/**
 * Flushes the running CPU's TLB for the address space `mm`, on behalf of another CPU. Runs in interrupt context.
 *
 * @kernel smp_invalidate_interrupt, arch/i386/kernel/smp.c. Differs: flushes everything, not one page.
 */
export function flush_tlb_func(cpu: Cpu, _mm: number): void {
  tlbFlushCpu(cpu, cpu.id);
}

/** Lets flushes of an address space reach the running CPU, as switch_mm() does: its bit in the mask at word `cpu_vm_mask`. */
export function joinVmMask(cpu: Cpu, cpu_vm_mask: number): void {
  atomic_fetch_or(cpu, cpu_vm_mask, cpumask_of(cpu.id));
}

/**
 * Flushes one page of an address space from the TLBs of all CPUs that use it: those in the mask at word `cpu_vm_mask`
 * (bit b is CPU b; the first 32 CPUs). Through interrupts, it returns when every one has taken its own.
 *
 * @kernel flush_tlb_page, arch/i386/kernel/smp.c; on Xen PV xen_flush_tlb_others, arch/x86/xen/mmu.c (MMUEXT_INVLPG_MULTI).
 * Differs: flushes all translations of those TLBs. `window`, if any, is open between the look at the mask and the
 * interrupts: the kernel sends those of one flush at a time, under a lock.
 */
export function flush_tlb_page(cpu: Cpu, mm: number, cpu_vm_mask: number, backEnd: FlushBackEnd, window = -1): void {
  if (backEnd !== 'ipi' && backEnd !== 'hypercall')
    throw new RangeError(`flush_tlb_page: the back end is ${String(backEnd)}, and must be 'ipi' or 'hypercall'`);
  if ((window | 0) !== window) checkWord('flush_tlb_page: window', window);
  preempt_disable(cpu);
  enter(cpu, FLUSH_TLB_PAGE);
  const mask = READ_ONCE(cpu, cpu_vm_mask);
  const self = cpu.id < 32 ? 1 << cpu.id : 0;
  if ((mask & self) !== 0) tlbFlushCpu(cpu, cpu.id);
  const others = mask & ~self;
  if (others !== 0) {
    enter(cpu, FLUSH_TLB_OTHERS);
    if (backEnd === 'ipi') {
      if (window >= 0) raceWindow(cpu, window);
      smp_call_function_many(cpu, others, 0, flush_tlb_func, mm, true);
      if (window >= 0) endWindow(cpu, window);
    } else for (let c = 0; c < cpu.cpus && c < 32; c++) if ((others & (1 << c)) !== 0) tlbFlushCpu(cpu, c);
    leave(cpu);
  }
  leave(cpu);
  preempt_enable(cpu);
}
