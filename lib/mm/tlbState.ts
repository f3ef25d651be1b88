/**
 * What x86 keeps of address spaces and of the TLB of each CPU, since 4.14: tags for a few address spaces, a generation for each, lazy
 * TLB mode. Called by switchMm.ts, flushTlbMm.ts, and by races, which have these words in their instances.
 *
 * What a CPU knows is written by that CPU alone, with interrupts off or in an interrupt.
 */

import { READ_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';

/** Tags that a CPU keeps; the address space that comes next takes them in turn. */
export const TLB_NR_DYN_ASIDS = 6;
/** In `loaded_mm` while CR3 changes. */
export const LOADED_MM_SWITCHING = 1;

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
export const CPU_TLB = struct({
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
  /**
   * 1 while it changes or catches up, from before flushes see that: it uses no page meanwhile. No word of the kernel's; those look at it who
   * free a page (keptTags.ts).
   */
  on_its_way: WORD,
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

/** What reports read of a failed trial. */
interface FailedWords {
  word(at: number): number;
}

/** Returns what CPU `id` has loaded, for reports. */
export function loadedMmOf(snapshot: FailedWords, tlb: number, id: number): number {
  return snapshot.word(tlb + MM_CONTEXT.WORDS + id * CPU_TLB.WORDS + CPU_TLB.loaded_mm);
}

/** Returns up to which flush CPU `id` has what it keeps of the address space `ctxId`, for reports; null if it keeps nothing. */
export function tagGeneration(snapshot: FailedWords, tlb: number, id: number, ctxId: number): number | null {
  const own = tlb + MM_CONTEXT.WORDS + id * CPU_TLB.WORDS;
  for (let asid = 0; asid < TLB_NR_DYN_ASIDS; asid++)
    if (snapshot.word(own + CPU_TLB.ctx_id + asid) === ctxId) return snapshot.word(own + CPU_TLB.tlb_gen + asid);
  return null;
}

/** Returns the words of CPU `id`. */
export function tlbStateOf(tlb: number, id: number): number {
  return tlb + MM_CONTEXT.WORDS + id * CPU_TLB.WORDS;
}

/** Returns the words of the running CPU. */
export function ownState(cpu: Cpu, tlb: number): number {
  return tlbStateOf(tlb, cpu.id);
}

/** Returns the MM_CONTEXT that the running CPU has loaded; while CR3 changes, none. */
export function loadedMm(cpu: Cpu, tlb: number): number {
  return READ_ONCE(cpu, ownState(cpu, tlb) + CPU_TLB.loaded_mm);
}
