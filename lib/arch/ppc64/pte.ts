/** Linux PTEs of ppc64. Used by the other files of this folder and the race hash-batch. */

import { READ_ONCE, checkWord, cmpxchg } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { beginRetries, nextTry } from '../../machine/retries.js';
import { spinWhileSet } from './bitSpin.js';

/**
 * Bits of a ppc64 Linux PTE with 4K pages, of one 32-bit word; the frame number has bits 16 to 31. The hash table below
 * it is a cache of these entries: HASHPTE says that one may be there, SECONDARY and GROUP_IX in which slot. BUSY is the
 * lock of one PTE, between hash_page, which runs without the PTE lock, and pte_update.
 *
 * @kernel _PAGE_*, include/asm-powerpc/pgtable.h and pgtable-4k.h. Differs: 16 bits of frame number.
 */
export const PPC_PAGE = Object.freeze({
  PRESENT: 0x001,
  USER: 0x002,
  EXEC: 0x004,
  DIRTY: 0x080,
  ACCESSED: 0x100,
  RW: 0x200,
  HASHPTE: 0x400,
  BUSY: 0x800,
  GROUP_IX: 0x7000,
  SECONDARY: 0x8000,
  /** What the hash table code owns: not part of the protection. */
  HPTEFLAGS: 0xfc00,
} as const);

const RPN_SHIFT = 16;
const GROUP_IX_SHIFT = 12;

/** Returns a PTE of a frame and flags, both as they stand in the word. */
export function makePpcPte(pfn: number, flags: number): number {
  return (pfn << RPN_SHIFT) | flags;
}

/** Returns the frame number of a PTE. */
export function ppcPteFrame(pte: number): number {
  return pte >>> RPN_SHIFT;
}

/** Returns the bits that say which of the 8 + 8 slots holds the hash table entry; `slot` has bit 3 set for the secondary group. */
export function slotBits(slot: number): number {
  return slot << GROUP_IX_SHIFT;
}

/** Returns the index of the slot within its group. */
export function groupIndex(pte: number): number {
  return (pte & PPC_PAGE.GROUP_IX) >>> GROUP_IX_SHIFT;
}

/**
 * Clears bits of a PTE in one step, as soon as no hash_page is at work on it; returns the PTE before.
 *
 * @kernel pte_update, include/asm-powerpc/pgtable-ppc64.h. Differs: the caller queues the flush (hpte_need_flush).
 */
export function pte_update(cpu: Cpu, ptep: number, clr: number): number {
  if ((clr | 0) !== clr) checkWord('pte_update: clr', clr);
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    const old = READ_ONCE(cpu, ptep);
    if ((old & PPC_PAGE.BUSY) !== 0) spinWhileSet(cpu, ptep, PPC_PAGE.BUSY);
    else if (cmpxchg(cpu, ptep, old, old & ~clr) === old) return old;
  }
}
