/**
 * Accesses of the guest to its page-table pages, which may fault. Called on a CPU's thread by ptep.ts and the race
 * xen-pin.
 */

import { READ_ONCE } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { die } from '../../machine/outcome.js';
import { _PAGE_PRESENT, _PAGE_RW } from '../../mm/pgtable.js';
import { tlbDrop, tlbFill, tlbLookup } from '../../mm/tlb.js';
import { LOCK_BIGLOCK, UNLOCK_BIGLOCK, type Domain } from './domain.js';
import { PGT_l1_page_table, PT_PAGE, isTyped } from './ptPage.js';

/** Signature of a write fault on a page-table page that the hypervisor has not typed: error code 0003, kernel mode. */
export const OOPS_WRITE_PROTECTION = 'oops-0003';
/** Protection violation, on a write, in kernel mode. */
const ERROR_CODE = 0x3;

/** How the store that follows reaches memory. */
export const DIRECT = 0;
export const EMULATED = 1;

/**
 * Begins a raw guest store to an entry of a page-table page, through the linear map (I1). The translation comes from the
 * CPU's TLB or from a walk. A writable one lets the store through: DIRECT. A read-only one faults into the hypervisor,
 * which emulates the store if the page is a validated L1 table, holding the domain lock until `rawWriteEnd`: EMULATED;
 * otherwise it reflects the fault into the guest, whose handler oopses: this function does not return then.
 *
 * Differs: the store that follows is one atomic operation; the emulation of a read-modify-write is one as well.
 * Source: ptwr_do_page_fault, xen/arch/x86/mm.c, and do_page_fault, arch/i386/mm/fault.c.
 */
export function rawWriteBegin(cpu: Cpu, domain: Domain, page: number, ptep: number): number {
  let translation = tlbLookup(cpu, page);
  if (translation === 0) {
    translation = READ_ONCE(cpu, page + PT_PAGE.lin);
    tlbFill(cpu, page, translation);
  }
  if ((translation & _PAGE_RW) !== 0) return DIRECT;
  LOCK_BIGLOCK(cpu, domain);
  const lin = READ_ONCE(cpu, page + PT_PAGE.lin);
  const type = READ_ONCE(cpu, page + PT_PAGE.type);
  if ((lin & (_PAGE_PRESENT | _PAGE_RW)) === _PAGE_PRESENT && isTyped(type, PGT_l1_page_table)) return EMULATED;
  UNLOCK_BIGLOCK(cpu, domain);
  tlbDrop(cpu, page);
  return die(cpu, OOPS_WRITE_PROTECTION, 'unable to handle kernel paging request', ptep, ERROR_CODE, page, type);
}

/** Ends the store that `rawWriteBegin` has let through. */
export function rawWriteEnd(cpu: Cpu, domain: Domain, how: number): void {
  if (how === EMULATED) UNLOCK_BIGLOCK(cpu, domain);
}

/** Reads through the linear map leave the translation in the TLB, as any access does. */
export function readThroughLinearMap(cpu: Cpu, page: number, ptep: number): number {
  if (tlbLookup(cpu, page) === 0) tlbFill(cpu, page, READ_ONCE(cpu, page + PT_PAGE.lin));
  return READ_ONCE(cpu, ptep);
}
