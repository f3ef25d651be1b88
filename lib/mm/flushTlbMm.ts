/**
 * How x86 flushes an address space from the TLBs of all CPUs that use it, since 4.14. Called on a CPU's thread by races; the
 * handlers run in interrupt context.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, atomic_fetch_and, checkWord, smp_rmb } from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { checkFlag } from '../machine/given.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { local_irq_disable, local_irq_enable } from '../kernel/irqflags.js';
import { preempt_disable, preempt_enable } from '../kernel/preempt.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { pcidDrop, pcidFlush } from './pcidTlb.js';
import { switch_mm_irqs_off } from './switchMm.js';
import { CPU_TLB, LOADED_MM_SWITCHING, MM_CONTEXT, loadedMm, ownState, tlbStateOf } from './tlbState.js';

/** In place of a page: all of an address space. */
export const TLB_FLUSH_ALL = -1;

const FLUSH_TLB_FUNC = kernelFunction('flush_tlb_func_remote');
const FLUSH_TLB_MM_RANGE = kernelFunction('flush_tlb_mm_range');
const NATIVE_FLUSH_TLB_OTHERS = kernelFunction('native_flush_tlb_others');

/**
 * Whether a flush of `mm` interrupts CPU `other`, which is in the mask of the mm. Called for each CPU of the mask, behind the new generation.
 */
export type FlushTarget = (cpu: Cpu, tlb: number, other: number, mm: number) => boolean;

/**
 * Leaves out a CPU in lazy TLB mode, which catches up when it leaves that.
 *
 * @kernel tlb_is_not_lazy, arch/x86/mm/tlb.c, until 6.13
 */
export function tlb_is_not_lazy(cpu: Cpu, tlb: number, other: number): boolean {
  return READ_ONCE(cpu, tlbStateOf(tlb, other) + CPU_TLB.is_lazy) === 0;
}

/**
 * Leaves out a CPU that has another address space loaded as well: it is in the mask because nobody has taken it out.
 *
 * @kernel should_flush_tlb, arch/x86/mm/tlb.c, of 6db2526c1d69 (6.14). Differs: the CPUs of the mask that have another address space
 * are interrupted always or never, and not once a second.
 */
export function should_flush_tlb(cpu: Cpu, tlb: number, other: number, mm: number): boolean {
  if ((mm | 0) !== mm) checkWord('should_flush_tlb: mm', mm);
  return tlb_is_not_lazy(cpu, tlb, other) && READ_ONCE(cpu, tlbStateOf(tlb, other) + CPU_TLB.loaded_mm) === mm;
}

/**
 * Does the same, but takes a CPU whose CR3 is about to change for one that is on its way to the mm.
 *
 * @kernel should_flush_tlb, arch/x86/mm/tlb.c, of fea4e317f9e7 (6.15)
 */
export function shouldFlushTlbSwitching(cpu: Cpu, tlb: number, other: number, mm: number): boolean {
  if ((mm | 0) !== mm) checkWord('shouldFlushTlbSwitching: mm', mm);
  const loaded = READ_ONCE(cpu, tlbStateOf(tlb, other) + CPU_TLB.loaded_mm);
  smp_rmb(cpu);
  return tlb_is_not_lazy(cpu, tlb, other) && (loaded === LOADED_MM_SWITCHING || loaded === mm);
}

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

/**
 * Does the same where CPUs stay in the mask of an address space that they have left: the first flush that finds one takes it out.
 *
 * @kernel flush_tlb_func, arch/x86/mm/tlb.c, since 209954cbc7d0 (6.14)
 */
export function flushTlbFuncTrim(cpu: Cpu, info: number): void {
  const mm = READ_ONCE(cpu, info + CPU_TLB.infoMm);
  if (loadedMm(cpu, READ_ONCE(cpu, info + CPU_TLB.infoTlb)) === mm) flush_tlb_func_remote(cpu, info);
  else atomic_fetch_and(cpu, mm + MM_CONTEXT.cpumask, ~cpumask_of(cpu.id));
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
 * done so. CPUs that are not `wanted` are left out, unless page tables were `freed`: those in lazy TLB mode catch up when they
 * leave it. `handler` is what the race declares among its interrupts: flush_tlb_func_remote, or a form of its own.
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
  wanted: FlushTarget = tlb_is_not_lazy,
): void {
  checkFlag('flush_tlb_mm_range: freed', freed);
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
  native_flush_tlb_others(cpu, tlb, mm, freed, handler, wanted);
  leave(cpu);
  preempt_enable(cpu);
}

function native_flush_tlb_others(
  cpu: Cpu,
  tlb: number,
  mm: number,
  freed: boolean,
  handler: typeof flush_tlb_func_remote,
  wanted: FlushTarget,
): void {
  const mask = READ_ONCE(cpu, mm + MM_CONTEXT.cpumask) & ~cpumask_of(cpu.id);
  if (mask === 0) return;
  enter(cpu, NATIVE_FLUSH_TLB_OTHERS);
  const others = freed ? mask : onlyWanted(cpu, tlb, mm, mask, wanted);
  if (others !== 0) smp_call_function_many(cpu, others, 0, handler, ownState(cpu, tlb), true);
  leave(cpu);
}

function onlyWanted(cpu: Cpu, tlb: number, mm: number, mask: number, wanted: FlushTarget): number {
  let others = mask;
  for (let c = 0; c < cpu.cpus && c < 32; c++)
    if ((mask & cpumask_of(c)) !== 0 && !wanted(cpu, tlb, c, mm)) others &= ~cpumask_of(c);
  return others;
}
