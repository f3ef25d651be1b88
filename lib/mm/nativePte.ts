/**
 * How the kernel stores page-table entries that the hardware walks, and what must hold then. Called on a CPU's thread by races, which
 * store no entry in another way (test/tidy/entries.ts).
 *
 * The hardware sets A and D in an entry whenever it is present and writable. So an entry is changed by one atomic operation that keeps
 * them or returns them, or it is stored where there is none; a store over one that the hardware may be changing loses what it sets.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_and, xchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { LOST_DIRTY } from '../machine/signatures.js';
import { _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW } from './pgtable.js';
import { noteReplaced } from './takenDirty.js';

/**
 * Takes an entry out; returns it. The caller sees its D bit, and passes it on to the page (takenDirty.ts).
 *
 * @kernel native_ptep_get_and_clear, arch/x86/include/asm/pgtable_64.h
 */
export function native_ptep_get_and_clear(cpu: Cpu, ptep: number): number {
  return replaceEntry(cpu, ptep, 0);
}

/** Takes an entry out and stores one that is not present, in one operation; returns what was there. */
export function replaceEntry(cpu: Cpu, ptep: number, pte: number): number {
  const old = xchg(cpu, ptep, pte);
  noteReplaced(cpu, ptep, old, pte);
  return old;
}

/**
 * Stores an entry with a plain store. There must be none that the hardware can still write through, unless D stays set (I20): that is
 * looked at in front of each store, whether or not anybody uses the page.
 *
 * @kernel native_set_pte_at, arch/x86/include/asm/pgtable.h, until 4.x. Differs: checks; arm64 warns of the same, "racy dirty state
 * clearing" in __check_safe_pte_update.
 */
export function native_set_pte_at(cpu: Cpu, ptep: number, pte: number): void {
  const before = READ_ONCE(cpu, ptep);
  const isInUse = (before & (_PAGE_PRESENT | _PAGE_RW)) === (_PAGE_PRESENT | _PAGE_RW);
  if (isInUse && (pte & _PAGE_DIRTY) === 0)
    fail(cpu, LOST_DIRTY, 'I20: an entry is overwritten in which the hardware may set D', ptep, before, pte);
  WRITE_ONCE(cpu, ptep, pte);
  noteReplaced(cpu, ptep, before, pte);
}

/**
 * Empties an entry of a page table that no hardware walks.
 *
 * @kernel pte_clear, arch/x86/include/asm/pgtable.h
 */
export function pte_clear(cpu: Cpu, ptep: number): void {
  WRITE_ONCE(cpu, ptep, 0);
}

/**
 * Takes the right to store away, in place: what the hardware has set stays.
 *
 * @kernel ptep_set_wrprotect, arch/x86/include/asm/pgtable.h
 */
export function ptep_set_wrprotect(cpu: Cpu, ptep: number): void {
  atomic_fetch_and(cpu, ptep, ~_PAGE_RW);
}

/**
 * Checks a store of a whole entry that is one atomic operation: a dirty bit that the hardware set must survive (I20). `old` is what
 * the store has replaced; `seen` is what its author had read. A D that it has not seen, it cannot have passed on to the page.
 */
export function checkDirty(cpu: Cpu, ptep: number, old: number, seen: number, pte: number): void {
  if ((old & ~seen & ~pte & _PAGE_DIRTY) !== 0)
    fail(cpu, LOST_DIRTY, 'a dirty bit set by the hardware was overwritten', ptep, old, pte);
}
