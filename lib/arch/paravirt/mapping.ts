/**
 * Changes and uses page-table entries of a paravirtualised guest. Called on a CPU's thread by the race lazy-mmu and
 * vmallocFault.ts.
 */

import { READ_ONCE, WRITE_ONCE, checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { checkFlag } from '../../machine/given.js';
import { preemptHere } from '../../machine/preemption.js';
import { die } from '../../machine/outcome.js';
import { in_interrupt } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, raw_cpu_ptr } from '../../kernel/percpu.js';
import { preempt_count, preempt_disable, preempt_enable } from '../../kernel/preempt.js';
import { _PAGE_PRESENT, _PAGE_RW, pfn_pte, pte_pfn } from '../../mm/pgtable.js';
import { struct, words } from '../../sharedarraybuffer-utils/index.js';
import { PARAVIRT_LAZY_MMU, paravirt_flush_lazy_mmu, paravirt_get_lazy_mode, type LazyMode } from './lazyMode.js';
import { isQueued, queueUpdate } from './mmuQueue.js';
import { assertRule } from './rules.js';

/**
 * A page-table entry of a paravirtualised guest: the guest's own word, then the hypervisor's shadow of it. With direct
 * paging the hardware walks the guest's word and the shadow is not used.
 */
export const MAPPING_WORDS = 2;

/** Signature of a page-table update that has not taken effect where it is needed. */
export const UPDATE_STRANDED = 'update-stranded';
/** Signature of a kmap_atomic() slot that does not hold the page of the task that uses it. */
export const KMAP_SLOT_LOST = 'kmap-slot-lost';

/** Places where a task can be preempted: between the mode and the update, and between a CPU's slot and its use. */
export const PREEMPT_SET_PTE = 5;
export const PREEMPT_KMAP = 6;

/** Kinds of kmap_atomic() slots of a CPU. @kernel enum km_type, include/asm-i386/kmap_types.h */
export const KM_USER0 = 0;
export const KM_IRQ0 = 1;
const KMAP = struct({ slots: words(2 * MAPPING_WORDS) });
/** @kernel kmap_pte, arch/i386/mm/init.c. Differs: the slots of one CPU */
export const kmap_pte = DEFINE_PER_CPU('kmap_pte', KMAP.WORDS);

/** Returns the word that the hardware walks, of an entry at word `entry`. */
export function hardwareEntry(pv: LazyMode, entry: number): number {
  return entry + pv.hardware;
}

/**
 * Changes an entry: at once, or when lazy mode is left. The guest's own word of a shadowed table changes at once in
 * either case; the hypervisor gets it later.
 *
 * @kernel set_pte, include/asm-i386/paravirt.h; set_pmd and set_pgd are the same here
 */
export function set_pte(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  const lazy = paravirt_get_lazy_mode(cpu, pv) === PARAVIRT_LAZY_MMU;
  preemptHere(cpu, PREEMPT_SET_PTE);
  const shadowed = pv.hardware !== 0;
  if (shadowed || !lazy) WRITE_ONCE(cpu, entry, pte);
  if (lazy) queueUpdate(cpu, pv, hardwareEntry(pv, entry), pte);
  else if (shadowed) WRITE_ONCE(cpu, hardwareEntry(pv, entry), pte);
}

/**
 * Changes an entry of the kernel's mappings by another path than kmap_atomic and the vmalloc sync: kmap, vmap, page
 * attributes. Nobody flushes behind it.
 *
 * @kernel set_pte as called from kmap_high, map_vm_area, change_page_attr. Differs: one function for all of them.
 */
export function setKernelPte(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  const lazy = paravirt_get_lazy_mode(cpu, pv) === PARAVIRT_LAZY_MMU;
  if (in_interrupt(cpu)) assertRule(cpu, pv.checks, 'D', !lazy, entry, pte);
  else assertRule(cpu, pv.checks, 'R2', !lazy, entry, pte);
  set_pte(cpu, pv, entry, pte);
}

/** Uses, as the hardware does, an entry that was set to `pte` before: a walk must find that (I7). Kills the CPU if it does not. */
export function useMapping(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  const found = READ_ONCE(cpu, hardwareEntry(pv, entry));
  if (found !== pte)
    die(cpu, UPDATE_STRANDED, 'I7: a hardware walk does not find the mapping that was just set', entry, pte, found);
}

/** Uses a user mapping that the running code has changed to `pte` in this lazy section (rule B). */
export function useUserMapping(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  assertRule(cpu, pv.checks, 'B', !isQueued(cpu, hardwareEntry(pv, entry)), entry, pte);
  useMapping(cpu, pv, entry, pte);
}

/**
 * Maps a page into a slot of the running CPU; returns the slot. The tables of all CPUs show it, so a task that has gone
 * on elsewhere can still use it. `keepsPreemption` is what breaks rule R3.
 *
 * @kernel kmap_atomic, arch/i386/mm/highmem.c. Differs: returns the word of the PTE, not the address that it maps.
 */
export function kmap_atomic(cpu: Cpu, pv: LazyMode, type: number, pfn: number, keepsPreemption: boolean): number {
  if ((type | 0) !== type) checkWord('kmap_atomic: type', type);
  if ((pfn | 0) !== pfn) checkWord('kmap_atomic: pfn', pfn);
  checkFlag('kmap_atomic: keepsPreemption', keepsPreemption);
  if (!keepsPreemption) preempt_disable(cpu); // pagefault_disable()
  assertRule(cpu, pv.checks, 'R3', preempt_count(cpu) !== 0 || in_interrupt(cpu), type);
  const slot = raw_cpu_ptr(cpu, kmap_pte, PREEMPT_KMAP) + KMAP.slots + type * MAPPING_WORDS; // smp_processor_id()
  set_pte(cpu, pv, slot, kmapPte(pfn));
  preemptHere(cpu, 0);
  paravirt_flush_lazy_mmu(cpu, pv);
  return slot;
}

/** Uses the page that the task has mapped into `slot`. Reports a slot that holds another: a task of its CPU's has taken it. */
export function useKmap(cpu: Cpu, pv: LazyMode, slot: number, pfn: number): void {
  if ((pfn | 0) !== pfn) checkWord('useKmap: pfn', pfn);
  preemptHere(cpu, 0);
  const found = READ_ONCE(cpu, hardwareEntry(pv, slot));
  if (found === kmapPte(pfn)) return;
  const other = (found & _PAGE_PRESENT) !== 0 && pte_pfn(found) !== pfn;
  const what = other
    ? "a kmap_atomic() slot holds another task's page"
    : 'I7: a hardware walk does not find the mapping that was just set';
  die(cpu, other ? KMAP_SLOT_LOST : UPDATE_STRANDED, what, slot, kmapPte(pfn), found, ownerOf(cpu, slot));
}

/** Returns the CPU that has the slot. */
function ownerOf(cpu: Cpu, slot: number): number {
  return Math.floor((slot - cpu.map.percpu) / cpu.map.percpuStride);
}

function kmapPte(pfn: number): number {
  return pfn_pte(pfn, _PAGE_PRESENT | _PAGE_RW);
}

/**
 * @kernel kunmap_atomic, arch/i386/mm/highmem.c. Differs: leaves the slot as it is, as it does without DEBUG_HIGHMEM.
 */
export function kunmap_atomic(cpu: Cpu, keptPreemption: boolean): void {
  checkFlag('kunmap_atomic: keptPreemption', keptPreemption);
  if (!keptPreemption) preempt_enable(cpu); // pagefault_enable()
}
