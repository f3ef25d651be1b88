/**
 * How x86 flushes an address space from the TLBs of all CPUs that use it, since 4.14. Called on a CPU's thread by races; the
 * handlers run in interrupt context.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add } from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { local_irq_disable, local_irq_enable } from '../kernel/irqflags.js';
import { preempt_disable, preempt_enable } from '../kernel/preempt.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { pcidDrop, pcidFlush } from './pcidTlb.js';
import { switch_mm_irqs_off } from './switchMm.js';
import { CPU_TLB, MM_CONTEXT, loadedMm, ownState } from './tlbState.js';

/** In place of a page: all of an address space. */
export const TLB_FLUSH_ALL = -1;

const FLUSH_TLB_FUNC = kernelFunction('flush_tlb_func_remote');
const FLUSH_TLB_MM_RANGE = kernelFunction('flush_tlb_mm_range');
const NATIVE_FLUSH_TLB_OTHERS = kernelFunction('native_flush_tlb_others');

/**
 * Handles a flush that another CPU asks for; `info` names the state and that CPU (`flush_tlb_mm_range`). Runs in interrupt context.
 *
 * @kernel flush_tlb_func_remote, arch/x86/mm/tlb.c (flush_tlb_func since 5.13)
 */
export function flush_tlb_func_remote(cpu: Cpu, info: number): void {
  const mm = READ_ONCE(cpu, info + CPU_TLB.infoMm);
  const tlb = READ_ONCE(cpu, info + CPU_TLB.infoTlb);
  if (loadedMm(cpu, tlb) === mm) flushOwn(cpu, tlb, info);
}

/** Brings the running CPU's TLB up to the generation of the address space that it has loaded. Interrupts are off. */
function flushOwn(cpu: Cpu, tlb: number, info: number): void {
  enter(cpu, FLUSH_TLB_FUNC);
  const own = ownState(cpu, tlb);
  const mm = READ_ONCE(cpu, own + CPU_TLB.loaded_mm);
  if (READ_ONCE(cpu, own + CPU_TLB.is_lazy) !== 0) switch_mm_irqs_off(cpu, tlb, tlb);
  else catchUpTo(cpu, own, mm, info);
  leave(cpu);
}

function catchUpTo(cpu: Cpu, own: number, mm: number, info: number): void {
  const asid = READ_ONCE(cpu, own + CPU_TLB.loaded_mm_asid);
  const now = READ_ONCE(cpu, mm + MM_CONTEXT.tlb_gen);
  const local = READ_ONCE(cpu, own + CPU_TLB.tlb_gen + asid);
  if (local === now) return;
  const va = READ_ONCE(cpu, info + CPU_TLB.infoVa);
  const wanted = READ_ONCE(cpu, info + CPU_TLB.infoGen);
  // One page is enough if this is the only flush that the CPU has missed.
  if (va !== TLB_FLUSH_ALL && wanted === local + 1 && wanted === now) pcidDrop(cpu, va);
  else pcidFlush(cpu);
  WRITE_ONCE(cpu, own + CPU_TLB.tlb_gen + asid, now);
}

/**
 * Flushes page `va` of the address space `mm`, or all of it, from the TLBs of all CPUs that use it, and waits until each has
 * done so. CPUs in lazy TLB mode are left out unless page tables were `freed`: they catch up when they leave it. `handler` is
 * what the race declares among its interrupts: flush_tlb_func_remote, or a form of its own.
 *
 * @kernel flush_tlb_mm_range, arch/x86/mm/tlb.c. Differs: one page or all; a mask has the first 32 CPUs.
 */
export function flush_tlb_mm_range(
  cpu: Cpu,
  tlb: number,
  mm: number,
  va: number,
  freed = false,
  handler = flush_tlb_func_remote,
): void {
  preempt_disable(cpu);
  enter(cpu, FLUSH_TLB_MM_RANGE);
  const info = ownState(cpu, tlb);
  WRITE_ONCE(cpu, info + CPU_TLB.infoTlb, tlb);
  WRITE_ONCE(cpu, info + CPU_TLB.infoMm, mm);
  WRITE_ONCE(cpu, info + CPU_TLB.infoVa, va);
  // A full barrier: a CPU that is not in the mask behind it reads the new generation when it switches to the mm.
  WRITE_ONCE(cpu, info + CPU_TLB.infoGen, atomic_fetch_add(cpu, mm + MM_CONTEXT.tlb_gen, 1) + 1);
  if (loadedMm(cpu, tlb) === mm) {
    local_irq_disable(cpu);
    flushOwn(cpu, tlb, info);
    local_irq_enable(cpu);
  }
  native_flush_tlb_others(cpu, tlb, mm, freed, handler);
  leave(cpu);
  preempt_enable(cpu);
}

function native_flush_tlb_others(
  cpu: Cpu,
  tlb: number,
  mm: number,
  freed: boolean,
  handler: typeof flush_tlb_func_remote,
): void {
  const mask = READ_ONCE(cpu, mm + MM_CONTEXT.cpumask) & ~cpumask_of(cpu.id);
  if (mask === 0) return;
  enter(cpu, NATIVE_FLUSH_TLB_OTHERS);
  const others = freed ? mask : withoutLazy(cpu, tlb, mask);
  if (others !== 0) smp_call_function_many(cpu, others, 0, handler, ownState(cpu, tlb), true);
  leave(cpu);
}

function withoutLazy(cpu: Cpu, tlb: number, mask: number): number {
  let others = mask;
  for (let c = 0; c < cpu.cpus && c < 32; c++) {
    const isLazy = tlb + MM_CONTEXT.WORDS + c * CPU_TLB.WORDS + CPU_TLB.is_lazy;
    if ((mask & cpumask_of(c)) !== 0 && READ_ONCE(cpu, isLazy) !== 0) others &= ~cpumask_of(c);
  }
  return others;
}
