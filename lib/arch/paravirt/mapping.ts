import { READ_ONCE, WRITE_ONCE } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { die } from '../../machine/verdict.js';
import { in_interrupt } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, this_cpu_ptr } from '../../kernel/percpu.js';
import { preempt_count, preempt_disable, preempt_enable } from '../../kernel/preempt.js';
import { _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../mm/pgtable.js';
import { struct, words } from '../../sharedarraybuffer-utils/index.js';
import { PARAVIRT_LAZY_MMU, paravirt_flush_lazy_mmu, paravirt_get_lazy_mode, type LazyMode } from './lazyMode.js';
import { isQueued, queueUpdate } from './mmuQueue.js';
import { assertRule } from './rules.js';

/**
 * A page-table entry of a paravirtualised guest: the guest's own word, then the hypervisor's shadow of it. With direct
 * paging the hardware walks the guest's word and the shadow is not used.
 */
export const ENTRY_WORDS = 2;

/** Signature of a page-table update that has not taken effect where it is needed. */
export const UPDATE_STRANDED = 'update-stranded';

/** Kinds of kmap_atomic() slots of a CPU. @kernel enum km_type, include/asm-i386/kmap_types.h */
export const KM_USER0 = 0;
export const KM_IRQ0 = 1;
const KMAP = struct({ slots: words(2 * ENTRY_WORDS) });
const kmap_pte = DEFINE_PER_CPU('kmap_pte', KMAP.WORDS);

/** Word that the hardware walks, of an entry at word `entry`. */
export function hardwareEntry(pv: LazyMode, entry: number): number {
  return entry + pv.hardware;
}

/**
 * Changes an entry: at once, or when lazy mode is left. The guest's own word of a shadowed table changes at once in
 * either case; the hypervisor is told later.
 *
 * @kernel set_pte, include/asm-i386/paravirt.h; set_pmd and set_pgd are the same here
 */
export function set_pte(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  const lazy = paravirt_get_lazy_mode(cpu, pv) === PARAVIRT_LAZY_MMU;
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

/** The hardware uses an entry that was set to `pte` before: a walk must find that (I7). Kills the CPU if it does not. */
export function useMapping(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  const found = READ_ONCE(cpu, hardwareEntry(pv, entry));
  if (found !== pte)
    die(cpu, UPDATE_STRANDED, 'I7: a hardware walk does not find the mapping that was just set', entry, pte, found);
}

/** The running code needs a user mapping that it has changed to `pte` in this lazy section (rule B). */
export function useUserMapping(cpu: Cpu, pv: LazyMode, entry: number, pte: number): void {
  assertRule(cpu, pv.checks, 'B', !isQueued(cpu, hardwareEntry(pv, entry)), entry, pte);
  useMapping(cpu, pv, entry, pte);
}

/**
 * Maps a page into a slot of the running CPU and uses it. `keepsPreemption` is what breaks rule R3.
 *
 * @kernel kmap_atomic, arch/i386/mm/highmem.c. Differs: one page, which is used here.
 */
export function kmap_atomic(cpu: Cpu, pv: LazyMode, type: number, pfn: number, keepsPreemption: boolean): void {
  if (!keepsPreemption) preempt_disable(cpu); // pagefault_disable()
  assertRule(cpu, pv.checks, 'R3', preempt_count(cpu) !== 0 || in_interrupt(cpu), type);
  const entry = this_cpu_ptr(cpu, kmap_pte) + KMAP.slots + type * ENTRY_WORDS;
  const pte = pfn_pte(pfn, _PAGE_PRESENT | _PAGE_RW);
  set_pte(cpu, pv, entry, pte);
  paravirt_flush_lazy_mmu(cpu, pv);
  useMapping(cpu, pv, entry, pte);
}

/**
 * @kernel kunmap_atomic, arch/i386/mm/highmem.c. Differs: leaves the slot as it is, as it does without DEBUG_HIGHMEM.
 */
export function kunmap_atomic(cpu: Cpu, keptPreemption: boolean): void {
  if (!keptPreemption) preempt_enable(cpu); // pagefault_enable()
}
