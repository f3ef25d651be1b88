/**
 * NUMA hinting entries of a Xen PV guest. Called on a CPU's thread by the race numa-protnone.
 *
 * The x86 helpers for NUMA hinting entries as a Xen PV guest runs them. From 3.8 to 3.15 _PAGE_NUMA is _PAGE_PROTNONE is
 * _PAGE_GLOBAL; what became of that until 4.0 is in `NumaRules`.
 */

import { checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { PAGE_SHIFT, _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT } from '../../mm/pgtable.js';
import { _PAGE_PROTNONE, _PAGE_SPECIAL, xen_make_pte, xen_pte_val, type FrameTables } from './p2m.js';

/** Which of the kernel's forms of the helpers are in force. */
export interface NumaRules extends FrameTables {
  /** _PAGE_NUMA. */
  readonly numa: number;
  /** The bits that pte_numa() looks at: an entry in which they are just `numa` is a hinting one. */
  readonly numaMask: number;
  /** Bits of which one must be set beside SPECIAL for pte_special(). */
  readonly specialWith: number;
  /** Whether pte_set_flags() and pte_clear_flags() translate (Vrabel's proposal). */
  readonly pvFlags: boolean;
  /** Whether pte_mknuma() and pte_mknonnuma() translate (29c7787075c9). */
  readonly pvNuma: boolean;
}

/** Whether an entry is mapped, whether the hardware may use it or not: pte_present() of those kernels. */
export function isMapped(r: NumaRules, pte: number): boolean {
  return (pte & (_PAGE_PRESENT | _PAGE_PROTNONE | r.numa)) !== 0;
}

/** Returns the PFN of an entry as pte_pfn() of a Xen guest does, by `xen_pte_val`. */
export function pfnOf(cpu: Cpu, r: NumaRules, pte: number): number {
  return xen_pte_val(cpu, r, pte) >>> PAGE_SHIFT;
}

/**
 * @kernel pte_numa, include/asm-generic/pgtable.h; pte_protnone, arch/x86/include/asm/pgtable.h, from 4.0 on
 */
export function pte_numa(r: NumaRules, pte: number): boolean {
  return (pte & r.numaMask) === r.numa;
}

/**
 * @kernel pte_special, arch/x86/include/asm/pgtable.h
 */
export function pte_special(r: NumaRules, pte: number): boolean {
  return (pte & _PAGE_SPECIAL) !== 0 && (pte & r.specialWith) !== 0;
}

/**
 * Sets bits of an entry that has a frame, without a translation: what the frame is called then may not be what the bits say.
 *
 * @kernel pte_set_flags, arch/x86/include/asm/pgtable.h
 */
export function pte_set_flags(cpu: Cpu, r: NumaRules, pte: number, set: number): number {
  if ((pte | 0) !== pte) checkWord('pte_set_flags: pte', pte);
  return r.pvFlags ? xen_make_pte(cpu, r, xen_pte_val(cpu, r, pte) | set) : pte | set; // [fix pv-flags +]
}

/**
 * @kernel pte_clear_flags, arch/x86/include/asm/pgtable.h
 */
export function pte_clear_flags(cpu: Cpu, r: NumaRules, pte: number, clear: number): number {
  if ((pte | 0) !== pte) checkWord('pte_clear_flags: pte', pte);
  return r.pvFlags ? xen_make_pte(cpu, r, xen_pte_val(cpu, r, pte) & ~clear) : pte & ~clear; // [fix pv-flags +]
}

/**
 * Marks an entry for a hinting fault.
 *
 * @kernel pte_mknuma, include/asm-generic/pgtable.h
 */
export function pte_mknuma(cpu: Cpu, r: NumaRules, pte: number): number {
  if (r.pvNuma) return xen_make_pte(cpu, r, (xen_pte_val(cpu, r, pte) & ~_PAGE_PRESENT) | r.numa); // [fix pv-numa +]
  return pte_clear_flags(cpu, r, pte_set_flags(cpu, r, pte, r.numa), _PAGE_PRESENT);
}

/**
 * Takes the mark away: the entry is present and young again.
 *
 * @kernel pte_mknonnuma, include/asm-generic/pgtable.h
 */
export function pte_mknonnuma(cpu: Cpu, r: NumaRules, pte: number): number {
  const set = _PAGE_PRESENT | _PAGE_ACCESSED;
  if (r.pvNuma) return xen_make_pte(cpu, r, (xen_pte_val(cpu, r, pte) & ~r.numa) | set); // [fix pv-numa +]
  return pte_set_flags(cpu, r, pte_clear_flags(cpu, r, pte, r.numa), set);
}

/** What pte_modify() keeps, beside the frame. */
const CHG_FLAGS = _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL;

/**
 * Gives an entry another protection; frame, A, D and SPECIAL stay.
 *
 * @kernel pte_modify, arch/x86/include/asm/pgtable.h
 */
export function pte_modify(cpu: Cpu, r: NumaRules, pte: number, newprot: number): number {
  if ((newprot | 0) !== newprot) checkWord('pte_modify: newprot', newprot);
  const val = xen_pte_val(cpu, r, pte);
  const kept = val & ((-1 << PAGE_SHIFT) | CHG_FLAGS);
  return xen_make_pte(cpu, r, kept | (newprot & ~CHG_FLAGS));
}
