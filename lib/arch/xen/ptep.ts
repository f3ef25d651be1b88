/**
 * Writes PTEs as the guest does. Called on a CPU's thread by the race xen-pin.
 *
 * The guest's raw PTE writers: each is one instruction on the entry itself, through the linear map. They work on a page
 * that is writable or that the hypervisor has typed, and on nothing in between.
 */

import { atomic_fetch_and, checkWord, xchg } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { checkDirty } from '../../mm/nativePte.js';
import type { Domain } from './domain.js';
import { rawWriteBegin, rawWriteEnd } from './pageFault.js';

/**
 * Clears bits of a PTE with one locked instruction; returns the PTE before.
 *
 * @kernel test_and_clear_bit on pte_low, as in ptep_test_and_clear_young, include/asm-i386/pgtable.h of 2.6.23.
 * Differs: any number of bits at once.
 */
export function test_and_clear_pte_flags(cpu: Cpu, domain: Domain, page: number, ptep: number, flags: number): number {
  if ((flags | 0) !== flags) checkWord('test_and_clear_pte_flags: flags', flags);
  const how = rawWriteBegin(cpu, domain, page, ptep);
  const old = atomic_fetch_and(cpu, ptep, ~flags);
  rawWriteEnd(cpu, domain, how);
  return old;
}

/**
 * Takes a PTE out with one exchange; returns it.
 *
 * @kernel ptep_get_and_clear, include/asm-i386/pgtable.h
 */
export function ptep_get_and_clear(cpu: Cpu, domain: Domain, page: number, ptep: number): number {
  const how = rawWriteBegin(cpu, domain, page, ptep);
  const old = xchg(cpu, ptep, 0);
  rawWriteEnd(cpu, domain, how);
  return old;
}

/**
 * Stores a PTE, of which `seen` was read before, with plain stores.
 *
 * @kernel native_set_pte, include/asm-i386/pgtable-3level.h. Differs: one word instead of two halves; takes `seen`, for the
 * check.
 */
export function native_set_pte(cpu: Cpu, domain: Domain, page: number, ptep: number, pte: number, seen: number): void {
  if ((seen | 0) !== seen) checkWord('native_set_pte: seen', seen);
  const how = rawWriteBegin(cpu, domain, page, ptep);
  const old = xchg(cpu, ptep, pte); // as every store is recorded: with what it overwrites
  rawWriteEnd(cpu, domain, how);
  checkDirty(cpu, ptep, old, seen, pte);
}
