/**
 * Fills the hash table from Linux PTEs, after a fault or before one. Called on a CPU's thread by the race hash-batch.
 */

import { READ_ONCE, checkWord, cmpxchg, xchg } from '../../machine/access.js';
import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import type { Cpu } from '../../machine/cpu.js';
import { beginRetries, nextTry } from '../../machine/retries.js';
import { BUG } from '../../kernel/bug.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { BUSY_BROKEN, HASHPTE_MISMATCH } from './audit.js';
import { spinWhileSet } from './bitSpin.js';
import {
  HPTE_R,
  HPTE_V,
  HPTE_V_COMPARE,
  PP_RWRW,
  PP_RXRX,
  groupOf,
  hpteAt,
  hpte_encode_v,
  slotOf,
  type HashTable,
} from './hashTable.js';
import { native_hpte_insert, native_hpte_remove, native_hpte_updatepp } from './hpte.js';
import { PPC_PAGE, ppcPteFrame, slotBits } from './pte.js';
import { mftb } from './timebase.js';
import { usedOnlyHere } from './tlbBatch.js';

const HASH_PAGE = kernelFunction('hash_page');
const HASH_PAGE_4K = kernelFunction('__hash_page_4K');
const HASH_PRELOAD = kernelFunction('hash_preload');

/** The access is to be tried again. */
export const HASHED = 0;
/** The PTE does not allow it: do_page_fault() decides. */
export const NOT_ALLOWED = 1;

/**
 * Answers a miss or a protection fault from the Linux PTE, without the PTE lock: puts an entry into the hash table, or
 * gives the one that is there more rights. `access` are the PTE bits that the access needs.
 *
 * @kernel hash_page, arch/powerpc/mm/hash_utils_64.c. Differs: 4K pages, and one address space.
 */
export function hash_page(cpu: Cpu, t: HashTable, ptep: number, vpn: number, access: number): number {
  if ((vpn | 0) !== vpn) checkWord('hash_page: vpn', vpn);
  if ((access | 0) !== access) checkWord('hash_page: access', access);
  enter(cpu, HASH_PAGE);
  const needed = access | PPC_PAGE.PRESENT;
  const allowed = (needed & ~READ_ONCE(cpu, ptep)) === 0;
  const result = allowed ? __hash_page_4K(cpu, t, ptep, vpn, needed) : NOT_ALLOWED;
  leave(cpu);
  return result;
}

/**
 * Does what hash_page does, for a PTE that has just been set: the fault that set it will not come again. Interrupts are
 * off.
 *
 * @kernel hash_preload, arch/powerpc/mm/hash_utils_64.c
 */
export function hash_preload(cpu: Cpu, t: HashTable, ptep: number, vpn: number): void {
  if ((vpn | 0) !== vpn) checkWord('hash_preload: vpn', vpn);
  enter(cpu, HASH_PRELOAD);
  const flags = local_irq_save(cpu);
  __hash_page_4K(cpu, t, ptep, vpn, PPC_PAGE.PRESENT);
  local_irq_restore(cpu, flags);
  leave(cpu);
}

/**
 * Takes the PTE's BUSY bit, makes the hash table entry, gives BUSY back with a plain store. Where BUSY is taken already
 * the access is tried again, once it is free.
 *
 * @kernel __hash_page_4K, arch/powerpc/mm/hash_low_64.S. Differs: repetitions of the access that would find BUSY again
 * are left out. `access` has PRESENT, since a PTE can go between the first look and the CAS.
 */
export function __hash_page_4K(cpu: Cpu, t: HashTable, ptep: number, vpn: number, access: number): number {
  let old = READ_ONCE(cpu, ptep);
  let busy = 0;
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries, old);
    if ((access & ~old) !== 0) return NOT_ALLOWED;
    if ((old & PPC_PAGE.BUSY) !== 0) {
      spinWhileSet(cpu, ptep, PPC_PAGE.BUSY);
      return HASHED;
    }
    busy =
      old | PPC_PAGE.BUSY | PPC_PAGE.ACCESSED | PPC_PAGE.HASHPTE | ((access & PPC_PAGE.RW) !== 0 ? PPC_PAGE.DIRTY : 0);
    const found = cmpxchg(cpu, ptep, old, busy);
    if (found === old) break;
    old = found;
  }
  enter(cpu, HASH_PAGE_4K);
  const hashed = updateOrInsert(cpu, t, vpn, old, busy);
  clearBusy(cpu, t, ptep, vpn, busy, hashed & ~PPC_PAGE.BUSY);
  leave(cpu);
  return HASHED;
}

/** Returns the PTE as it is to be stored, BUSY still set. `old` says whether an entry may exist, and where. */
function updateOrInsert(cpu: Cpu, t: HashTable, vpn: number, old: number, pte: number): number {
  const rights = rightsOf(pte);
  if (
    (old & PPC_PAGE.HASHPTE) !== 0 &&
    native_hpte_updatepp(cpu, t, slotOf(t, vpn, old), rights, vpn, usedOnlyHere(cpu, t)) !== -1
  )
    return pte;
  return (pte & ~(PPC_PAGE.SECONDARY | PPC_PAGE.GROUP_IX)) | slotBits(insert(cpu, t, vpn, pte, rights));
}

/** Inserts into the primary group first, then the secondary; with both full one entry of either goes, by the toss of a coin. */
function insert(cpu: Cpu, t: HashTable, vpn: number, pte: number, rights: number): number {
  const pfn = ppcPteFrame(pte);
  const primary = groupOf(t, vpn, false);
  const secondary = groupOf(t, vpn, true);
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    let slot = native_hpte_insert(cpu, t, primary, vpn, pfn, rights, 0);
    if (slot < 0) slot = native_hpte_insert(cpu, t, secondary, vpn, pfn, rights, HPTE_V.SECONDARY);
    if (slot >= 0) return slot;
    native_hpte_remove(cpu, t, mftb(cpu, 2) === 0 ? primary : secondary);
  }
}

/** Returns the rights of an entry. A page may be written through it only once its PTE is dirty, and executed only if the PTE says so. */
function rightsOf(pte: number): number {
  const writable = (pte & (PPC_PAGE.RW | PPC_PAGE.DIRTY)) === (PPC_PAGE.RW | PPC_PAGE.DIRTY);
  const pp = writable ? PP_RWRW | HPTE_R.C : PP_RXRX;
  return pp | HPTE_R.R | ((pte & PPC_PAGE.EXEC) === 0 ? HPTE_R.N : 0);
}

/** Ends the protocol by a plain store. Nobody may have changed the PTE meanwhile (I11); it names its slot (I10). */
function clearBusy(cpu: Cpu, t: HashTable, ptep: number, vpn: number, busy: number, pte: number): void {
  if (!t.evicts) checkSlot(cpu, t, vpn, pte);
  const found = xchg(cpu, ptep, pte);
  if (found !== busy) BUG(cpu, BUSY_BROKEN, 'I11: a PTE changed while hash_page had it BUSY', ptep, found, busy);
}

/** Checks that the slot holds the page, where no entry is ever evicted. BUSY keeps all others from invalidating it. */
function checkSlot(cpu: Cpu, t: HashTable, vpn: number, pte: number): void {
  const v = READ_ONCE(cpu, hpteAt(cpu, t, slotOf(t, vpn, pte)));
  if ((v & HPTE_V.VALID) === 0 || !HPTE_V_COMPARE(v, hpte_encode_v(vpn))) {
    BUG(cpu, HASHPTE_MISMATCH, 'I10: the slot that a PTE names does not hold its page', vpn, pte, v);
  }
}
