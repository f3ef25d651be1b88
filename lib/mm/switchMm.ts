/**
 * How x86 changes the address space of a CPU, since 4.14. Called on a CPU's thread by flushTlbMm.ts and by races.
 *
 * A flush raises the generation of the mm before it looks at who uses it; a CPU that switches to the mm says so before it
 * reads the generation. So either the flush interrupts the CPU, or the CPU sees that it is behind.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_and, atomic_fetch_or, checkWord, smp_mb } from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { endWindow, raceWindow } from '../machine/windows.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { local_irq_restore, local_irq_save } from '../kernel/irqflags.js';
import { checkKept, loadAsid } from './pcidTlb.js';
import { CPU_TLB, LOADED_MM_SWITCHING, MM_CONTEXT, TLB_NR_DYN_ASIDS, ownState } from './tlbState.js';

const SWITCH_MM = kernelFunction('switch_mm_irqs_off');

/** What a version of the kernel does in another order when it loads an address space. Made once by `configure` of a race. */
export interface SwitchForm {
  /**
   * Whether the CPU takes itself out of the mask of the address space that it leaves. Since 209954cbc7d0 (6.14) it stays there
   * until a flush finds that it has another one loaded.
   */
  readonly leavesMask: boolean;
  /** Whether `loaded_mm` says LOADED_MM_SWITCHING before the generation is read, as since 6.15, or behind that. */
  readonly announcesFirst: boolean;
  /** Whether a full barrier stands between the two where the mask needs no change: 83b0177a6c48 (6.18). */
  readonly fences: boolean;
}

/** As in 4.14 to 6.13. */
export const EAGER_MASK: SwitchForm = Object.freeze({ leavesMask: true, announcesFirst: false, fences: false });

/**
 * Loads the address space `next` (an MM_CONTEXT) on the running CPU, with interrupts off around it.
 *
 * @kernel switch_mm, arch/x86/mm/tlb.c
 */
export function switch_mm(cpu: Cpu, tlb: number, next: number, window = -1, form = EAGER_MASK): void {
  const flags = local_irq_save(cpu);
  switch_mm_irqs_off(cpu, tlb, next, window, form);
  local_irq_restore(cpu, flags);
}

/**
 * Loads the address space `next`, under a tag that has its translations if this CPU has kept one. Interrupts are off.
 *
 * @kernel switch_mm_irqs_off, arch/x86/mm/tlb.c. Differs: a mask has the first 32 CPUs; speculation, LDT and CR4 are left out.
 * `window`, if any, is open from the look at the generation to the end.
 */
export function switch_mm_irqs_off(cpu: Cpu, tlb: number, next: number, window = -1, form = EAGER_MASK): void {
  if ((window | 0) !== window) checkWord('switch_mm: window', window);
  if (typeof form !== 'object') throw new TypeError(`switch_mm: form is ${String(form)}, and must be a SwitchForm`);
  enter(cpu, SWITCH_MM);
  const own = ownState(cpu, tlb);
  const prev = READ_ONCE(cpu, own + CPU_TLB.loaded_mm);
  const wasLazy = READ_ONCE(cpu, own + CPU_TLB.is_lazy) !== 0;
  // Flushes leave the CPU out from here on, and loaded_mm does not say so yet.
  const isUnseen = wasLazy || (form.leavesMask && prev !== next && prev !== tlb);
  if (isUnseen) WRITE_ONCE(cpu, own + CPU_TLB.on_its_way, 1);
  if (wasLazy) WRITE_ONCE(cpu, own + CPU_TLB.is_lazy, 0);
  if (prev === next) {
    if (wasLazy) catchUp(cpu, own, next);
  } else change(cpu, tlb, prev, next, window, form);
  if (isUnseen) WRITE_ONCE(cpu, own + CPU_TLB.on_its_way, 0);
  if (wasLazy || prev !== next) checkKept(cpu);
  leave(cpu);
}

/** Flushes if need be: the CPU was lazy, goes on with the address space that it has, and may have missed flushes. */
function catchUp(cpu: Cpu, own: number, mm: number): void {
  // is_lazy is clear before the generation is read: a flush that still left this CPU out has raised it before.
  smp_mb(cpu);
  const gen = READ_ONCE(cpu, mm + MM_CONTEXT.tlb_gen);
  const asid = READ_ONCE(cpu, own + CPU_TLB.loaded_mm_asid);
  if (READ_ONCE(cpu, own + CPU_TLB.tlb_gen + asid) === gen) return;
  load(cpu, own, mm, asid, gen);
}

function change(cpu: Cpu, tlb: number, prev: number, next: number, window: number, form: SwitchForm): void {
  const own = ownState(cpu, tlb);
  if (form.leavesMask && prev !== tlb) atomic_fetch_and(cpu, prev + MM_CONTEXT.cpumask, ~cpumask_of(cpu.id));
  if (form.announcesFirst) WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm, LOADED_MM_SWITCHING);
  if (next !== tlb) joinMask(cpu, next, form);
  const gen = READ_ONCE(cpu, next + MM_CONTEXT.tlb_gen);
  if (window >= 0) raceWindow(cpu, window);
  const kept = keptAsid(cpu, own, next);
  if (!form.announcesFirst) WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm, LOADED_MM_SWITCHING);
  const isCurrent = kept >= 0 && READ_ONCE(cpu, own + CPU_TLB.tlb_gen + kept) === gen;
  const asid = kept >= 0 ? kept : takeAsid(cpu, own);
  if (isCurrent) loadAsid(cpu, asid, false);
  else load(cpu, own, next, asid, gen);
  WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm, next);
  WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm_asid, asid);
  if (window >= 0) endWindow(cpu, window);
}

/** Lets flushes of the mm interrupt this CPU. The atomic operation is a full barrier; a CPU that is in the mask needs none. */
function joinMask(cpu: Cpu, next: number, form: SwitchForm): void {
  const self = cpumask_of(cpu.id);
  const isIn = !form.leavesMask && (READ_ONCE(cpu, next + MM_CONTEXT.cpumask) & self) !== 0;
  if (!isIn) atomic_fetch_or(cpu, next + MM_CONTEXT.cpumask, self);
  else if (form.fences) smp_mb(cpu);
}

/** Loads the tag with nothing in it, and notes up to which generation it is. */
function load(cpu: Cpu, own: number, mm: number, asid: number, gen: number): void {
  WRITE_ONCE(cpu, own + CPU_TLB.ctx_id + asid, READ_ONCE(cpu, mm + MM_CONTEXT.ctx_id));
  WRITE_ONCE(cpu, own + CPU_TLB.tlb_gen + asid, gen);
  loadAsid(cpu, asid, true);
}

/** Returns the tag under which this CPU has kept the address space, or -1. */
function keptAsid(cpu: Cpu, own: number, mm: number): number {
  const ctxId = READ_ONCE(cpu, mm + MM_CONTEXT.ctx_id);
  for (let asid = 0; asid < TLB_NR_DYN_ASIDS; asid++)
    if (READ_ONCE(cpu, own + CPU_TLB.ctx_id + asid) === ctxId) return asid;
  return -1;
}

function takeAsid(cpu: Cpu, own: number): number {
  const next = READ_ONCE(cpu, own + CPU_TLB.next_asid);
  const asid = next >= TLB_NR_DYN_ASIDS ? 0 : next;
  WRITE_ONCE(cpu, own + CPU_TLB.next_asid, asid + 1);
  return asid;
}

/**
 * Keeps the address space loaded while a kernel thread runs, which has none: flushes leave the CPU out meanwhile.
 *
 * @kernel enter_lazy_tlb, arch/x86/mm/tlb.c
 */
export function enter_lazy_tlb(cpu: Cpu, tlb: number): void {
  const own = ownState(cpu, tlb);
  if (READ_ONCE(cpu, own + CPU_TLB.loaded_mm) !== tlb) WRITE_ONCE(cpu, own + CPU_TLB.is_lazy, 1);
}
