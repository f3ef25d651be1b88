/**
 * Address spaces and their TLB flushes as x86 has them since 4.14: tags that are kept for a few address spaces, a generation for
 * each address space, lazy TLB mode. Called on a CPU's thread by races.
 *
 * A flush raises the generation of the mm before it looks at who uses it; a CPU that switches to the mm says so before it
 * reads the generation. So either the flush interrupts the CPU, or the CPU sees that it is behind. What a CPU knows is
 * written by that CPU alone, with interrupts off or in an interrupt.
 */

import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  smp_mb,
} from '../machine/access.js';
import { enter, kernelFunction, leave } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { endWindow, raceWindow } from '../machine/windows.js';
import { cpumask_of } from '../kernel/cpumask.js';
import { local_irq_disable, local_irq_enable, local_irq_restore, local_irq_save } from '../kernel/irqflags.js';
import { preempt_disable, preempt_enable } from '../kernel/preempt.js';
import { smp_call_function_many } from '../kernel/smp.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { loadAsid, pcidDrop, pcidFlush } from './pcidTlb.js';

/** Tags that a CPU keeps; the address space that comes next takes them in turn. */
export const TLB_NR_DYN_ASIDS = 6;
/** In place of a page: all of an address space. */
export const TLB_FLUSH_ALL = -1;
/** In `loaded_mm` while CR3 changes. */
const LOADED_MM_SWITCHING = 1;

/** What the TLB code keeps of an address space. */
export const MM_CONTEXT = struct({
  /** Names the address space for ever; 0 is init_mm's. */
  ctx_id: WORD,
  /** Raised by each flush. */
  tlb_gen: WORD,
  /** CPUs that may have translations in use: bit b is CPU b. Each CPU changes its own bit. */
  cpumask: WORD,
});

/** What a CPU knows of its TLB: its cpu_tlbstate, and the flush that it asks others for. */
const CPU_TLB = struct({
  /** Word index of the MM_CONTEXT, or LOADED_MM_SWITCHING. */
  loaded_mm: WORD,
  loaded_mm_asid: WORD,
  next_asid: WORD,
  is_lazy: WORD,
  ctx_id: words(TLB_NR_DYN_ASIDS),
  tlb_gen: words(TLB_NR_DYN_ASIDS),
  infoTlb: WORD,
  infoMm: WORD,
  infoVa: WORD,
  infoGen: WORD,
});

/** Returns the words that the state of the TLB code takes in an instance: init_mm's MM_CONTEXT, then each CPU's. */
export function tlbStateWords(cpus: number): number {
  return MM_CONTEXT.WORDS + cpus * CPU_TLB.WORDS;
}

/**
 * Brings the state at word `tlb` into its first form: each of the CPUs has init_mm loaded. Called by `reset` of a race.
 *
 * @kernel initialize_tlbstate_and_flush, arch/x86/mm/tlb.c. Differs: starts from init_mm, for all CPUs at once.
 */
export function resetTlbState(mem: Int32Array, tlb: number, cpus: number): void {
  mem.fill(0, tlb, tlb + tlbStateWords(cpus));
  for (let c = 0; c < cpus; c++) {
    const own = tlb + MM_CONTEXT.WORDS + c * CPU_TLB.WORDS;
    mem[own + CPU_TLB.loaded_mm] = tlb;
    mem[own + CPU_TLB.next_asid] = 1;
    // No address space that a race makes has this one.
    for (let i = 1; i < TLB_NR_DYN_ASIDS; i++) mem[own + CPU_TLB.ctx_id + i] = -1;
  }
}

/** Returns the name of a word of the state, by its offset, for reports. */
export function tlbStateName(offset: number): string {
  if (offset < MM_CONTEXT.WORDS) return `init_mm.${fieldOf(MM_CONTEXT, offset)}`;
  const inCpus = offset - MM_CONTEXT.WORDS;
  const id = Math.floor(inCpus / CPU_TLB.WORDS);
  return `cpu_tlbstate[${id}].${fieldOf(CPU_TLB, inCpus % CPU_TLB.WORDS)}`;
}

function fieldOf(layout: Readonly<Record<string, number>>, offset: number): string {
  const fields = Object.entries(layout).filter(([name, at]) => name !== 'WORDS' && at <= offset);
  const [name, at] = fields.toSorted(([, a], [, b]) => b - a)[0];
  return /^(?:ctx_id|tlb_gen)$/.test(name) && layout !== MM_CONTEXT ? `ctxs[${offset - at}].${name}` : name;
}

const SWITCH_MM = kernelFunction('switch_mm_irqs_off');
const FLUSH_TLB_FUNC = kernelFunction('flush_tlb_func_remote');
const FLUSH_TLB_MM_RANGE = kernelFunction('flush_tlb_mm_range');
const NATIVE_FLUSH_TLB_OTHERS = kernelFunction('native_flush_tlb_others');

function ownState(cpu: Cpu, tlb: number): number {
  return tlb + MM_CONTEXT.WORDS + cpu.id * CPU_TLB.WORDS;
}

/**
 * Loads the address space `next` (an MM_CONTEXT) on the running CPU, with interrupts off around it.
 *
 * @kernel switch_mm, arch/x86/mm/tlb.c
 */
export function switch_mm(cpu: Cpu, tlb: number, next: number, window = -1): void {
  const flags = local_irq_save(cpu);
  switch_mm_irqs_off(cpu, tlb, next, window);
  local_irq_restore(cpu, flags);
}

/**
 * Loads the address space `next`, under a tag that has its translations if this CPU has kept one. Interrupts are off.
 *
 * @kernel switch_mm_irqs_off, arch/x86/mm/tlb.c. Differs: a mask has the first 32 CPUs; speculation, LDT and CR4 are left out.
 * `window`, if any, is open from the look at the generation to the end.
 */
export function switch_mm_irqs_off(cpu: Cpu, tlb: number, next: number, window = -1): void {
  enter(cpu, SWITCH_MM);
  const own = ownState(cpu, tlb);
  const prev = READ_ONCE(cpu, own + CPU_TLB.loaded_mm);
  const wasLazy = READ_ONCE(cpu, own + CPU_TLB.is_lazy) !== 0;
  if (wasLazy) WRITE_ONCE(cpu, own + CPU_TLB.is_lazy, 0);
  if (prev === next) {
    if (wasLazy) catchUp(cpu, own, next);
  } else change(cpu, tlb, prev, next, window);
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

function change(cpu: Cpu, tlb: number, prev: number, next: number, window: number): void {
  const own = ownState(cpu, tlb);
  const self = cpumask_of(cpu.id);
  if (prev !== tlb) atomic_fetch_and(cpu, prev + MM_CONTEXT.cpumask, ~self);
  if (next !== tlb) atomic_fetch_or(cpu, next + MM_CONTEXT.cpumask, self);
  const gen = READ_ONCE(cpu, next + MM_CONTEXT.tlb_gen);
  if (window >= 0) raceWindow(cpu, window);
  const kept = keptAsid(cpu, own, next);
  WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm, LOADED_MM_SWITCHING);
  const isCurrent = kept >= 0 && READ_ONCE(cpu, own + CPU_TLB.tlb_gen + kept) === gen;
  const asid = kept >= 0 ? kept : takeAsid(cpu, own);
  if (isCurrent) loadAsid(cpu, asid, false);
  else load(cpu, own, next, asid, gen);
  WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm, next);
  WRITE_ONCE(cpu, own + CPU_TLB.loaded_mm_asid, asid);
  if (window >= 0) endWindow(cpu, window);
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

/** Returns the MM_CONTEXT that the running CPU has loaded; while CR3 changes, none. */
export function loadedMm(cpu: Cpu, tlb: number): number {
  return READ_ONCE(cpu, ownState(cpu, tlb) + CPU_TLB.loaded_mm);
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
