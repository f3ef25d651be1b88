/**
 * The TLB flush of x86 by invalidate vectors, with lazy TLB mode, and that of Xen. Called on a CPU's thread by the race
 * pgd-lock.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_and, checkWord } from '../machine/access.js';
import { enter, kernelFunction, leave, step } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { cpu_online_mask, cpumask_of } from '../kernel/cpumask.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { spin_lock, spin_unlock } from '../kernel/spinlock.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { tlbFlushCpu } from './tlb.js';

/** What the TLB code keeps of an address space. */
export const MM_TLB = struct({
  /** CPUs that use the mm, lazily or not: bit b is CPU b. Each CPU changes its own bit. */
  cpu_vm_mask: WORD,
  /** Those that use it lazily: a kernel thread runs on the page tables of the task before. Each CPU changes its own bit. */
  tlbstate_lazy: WORD,
});

/** One flush under way, of the CPUs that share an invalidate vector. All words are guarded by `tlbstate_lock`. */
export const FLUSH_STATE = struct({
  tlbstate_lock: WORD,
  flush_mm: WORD,
  flush_va: WORD,
  /** CPUs that have not flushed yet; each clears its own bit. */
  flush_cpumask: WORD,
});

const SMP_INVALIDATE_INTERRUPT = kernelFunction('smp_invalidate_interrupt');
const LEAVE_MM = kernelFunction('leave_mm');
const NATIVE_FLUSH_TLB_OTHERS = kernelFunction('native_flush_tlb_others');
const FLUSH_TLB_OTHERS_IPI = kernelFunction('flush_tlb_others_ipi');
const XEN_FLUSH_TLB_OTHERS = kernelFunction('xen_flush_tlb_others');

/**
 * Handles a flush IPI; `f` is the sender's FLUSH_STATE. A CPU that uses the mm lazily leaves it instead. The own bit goes
 * last: the sender waits for it.
 *
 * @kernel smp_invalidate_interrupt, arch/x86/mm/tlb.c. Differs: flushes everything, not one page.
 */
export function smp_invalidate_interrupt(cpu: Cpu, f: number): void {
  enter(cpu, SMP_INVALIDATE_INTERRUPT);
  const self = cpumask_of(cpu.id);
  if ((READ_ONCE(cpu, f + FLUSH_STATE.flush_cpumask) & self) !== 0) {
    flushOrLeave(cpu, READ_ONCE(cpu, f + FLUSH_STATE.flush_mm));
    atomic_fetch_and(cpu, f + FLUSH_STATE.flush_cpumask, ~self);
  }
  leave(cpu);
}

/** Flushes the running CPU's own TLB for `mm` (an MM_TLB), or leaves the mm if the CPU uses it lazily. */
export function flushOrLeave(cpu: Cpu, mm: number): void {
  if ((READ_ONCE(cpu, mm + MM_TLB.tlbstate_lazy) & cpumask_of(cpu.id)) !== 0) leave_mm(cpu, mm);
  else tlbFlushCpu(cpu, cpu.id);
}

/**
 * Switches the running CPU, which uses the mm lazily, to the kernel's own page tables: no flush is sent to it any more.
 *
 * @kernel leave_mm, arch/x86/mm/tlb.c. Differs: the caller has looked at the state.
 */
export function leave_mm(cpu: Cpu, mm: number): void {
  enter(cpu, LEAVE_MM);
  atomic_fetch_and(cpu, mm + MM_TLB.cpu_vm_mask, ~cpumask_of(cpu.id));
  tlbFlushCpu(cpu, cpu.id); // load_cr3()
  leave(cpu);
}

/**
 * Flushes `va` of `mm` (an MM_TLB) from the TLBs of the CPUs in `mask` by an IPI, and waits until each has done so: with
 * interrupts as the caller has them, preemption off, and whatever the caller holds held. Flushes that share the
 * FLUSH_STATE `f` follow one after the other. `waits` is the race's label of the wait.
 *
 * @kernel flush_tlb_others_ipi, arch/x86/mm/tlb.c. Differs: always takes the lock; what it waits for is the
 * acknowledgement that a receiver gives when its handler has returned.
 */
export function flush_tlb_others_ipi(cpu: Cpu, f: number, mm: number, va: number, mask: number, waits: number): void {
  enter(cpu, FLUSH_TLB_OTHERS_IPI);
  spin_lock(cpu, f + FLUSH_STATE.tlbstate_lock);
  WRITE_ONCE(cpu, f + FLUSH_STATE.flush_mm, mm);
  WRITE_ONCE(cpu, f + FLUSH_STATE.flush_va, va);
  WRITE_ONCE(cpu, f + FLUSH_STATE.flush_cpumask, mask);
  step(cpu, waits);
  smp_call_function_many(cpu, mask, 0, smp_invalidate_interrupt, f, true);
  spin_unlock(cpu, f + FLUSH_STATE.tlbstate_lock);
  leave(cpu);
}

/**
 * Flushes by IPI from the CPUs in `mask` other than the running one.
 *
 * @kernel native_flush_tlb_others, arch/x86/mm/tlb.c. Differs: the first 32 CPUs; takes the FLUSH_STATE of its vector.
 */
export function native_flush_tlb_others(
  cpu: Cpu,
  f: number,
  mm: number,
  va: number,
  mask: number,
  waits: number,
): void {
  if ((mask | 0) !== mask) checkWord('native_flush_tlb_others: mask', mask);
  const others = mask & cpu_online_mask(cpu) & ~cpumask_of(cpu.id);
  if (others === 0) return;
  enter(cpu, NATIVE_FLUSH_TLB_OTHERS);
  flush_tlb_others_ipi(cpu, f, mm, va, others, waits);
  leave(cpu);
}

/**
 * Flushes the TLBs of the CPUs in `mask` by the hypervisor; no guest takes an interrupt for it.
 *
 * @kernel xen_flush_tlb_others, arch/x86/xen/mmu.c. Differs: the first 32 CPUs; flushes everything, not one page.
 */
export function xen_flush_tlb_others(cpu: Cpu, mask: number): void {
  if ((mask | 0) !== mask) checkWord('xen_flush_tlb_others: mask', mask);
  const others = mask & cpu_online_mask(cpu) & ~cpumask_of(cpu.id);
  if (others === 0) return;
  enter(cpu, XEN_FLUSH_TLB_OTHERS);
  for (let c = 0; c < cpu.cpus && c < 32; c++) if ((others & (1 << c)) !== 0) tlbFlushCpu(cpu, c);
  leave(cpu);
}
