/**
 * The hypervisor's counted page types. Called on a CPU's thread by hypercall.ts.
 *
 * Page types: a page is a page table or writable, never both at once. All changes are made under the domain lock, but for
 * what do_mmu_update() does without it; the guest's page faults read a type word under the same lock.
 */

import { READ_ONCE, atomic_fetch_add, cmpxchg } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { pte_pfn, pte_present } from '../../mm/pgtable.js';
import { ptPageOf, type Domain } from './domain.js';
import {
  PGT_count_mask,
  PGT_l1_page_table,
  PGT_l2_page_table,
  PGT_l3_page_table,
  PGT_type_mask,
  PGT_writable_page,
  PT_PAGE,
} from './ptPage.js';

/**
 * Takes one reference to a page in a type. A page without references takes the new type; the caller has flushed every
 * CPU's TLB, since it may hold a translation that the old type allowed. A table is validated with all that hangs below it.
 * Returns false if the page is in use as another type.
 *
 * @kernel get_page_type, xen/arch/x86/mm.c
 */
export function get_page_type(cpu: Cpu, domain: Domain, page: number, type: number): boolean {
  for (;;) {
    const old = READ_ONCE(cpu, page + PT_PAGE.type);
    const unused = (old & PGT_count_mask) === 0;
    // Children first: a page counts as validated only once everything below it is.
    if (unused ? !validateEntries(cpu, domain, page, type) : (old & PGT_type_mask) !== type) return false;
    if (cmpxchg(cpu, page + PT_PAGE.type, old, unused ? type | 1 : old + 1) === old) return true;
  }
}

/**
 * Drops one reference. With the last one of a page table, what hangs below it loses its own; the type field stays until
 * the page is used as something else.
 *
 * @kernel put_page_type, xen/arch/x86/mm.c
 */
export function put_page_type(cpu: Cpu, domain: Domain, page: number): void {
  const old = atomic_fetch_add(cpu, page + PT_PAGE.type, -1);
  if ((old & PGT_count_mask) !== 1) return;
  const child = childType(old & PGT_type_mask);
  if (child === 0) return;
  for (let i = 0; i < domain.entries; i++) {
    const entry = READ_ONCE(cpu, page + PT_PAGE.entries + i);
    if (!pte_present(entry)) break;
    put_page_type(cpu, domain, ptPageOf(domain, cpu.instance, pte_pfn(entry)));
  }
}

/** Returns the type of the tables that a table of `type` points to; 0 for the lowest level and for data. */
function childType(type: number): number {
  if (type === PGT_l3_page_table) return PGT_l2_page_table;
  return type === PGT_l2_page_table ? PGT_l1_page_table : 0;
}

/** Validates the entries of a table. They are filled from the start, so the first one that is not present ends it. */
function validateEntries(cpu: Cpu, domain: Domain, page: number, type: number): boolean {
  if (type === PGT_writable_page) return true;
  const child = childType(type);
  for (let i = 0; i < domain.entries; i++) {
    const entry = READ_ONCE(cpu, page + PT_PAGE.entries + i);
    if (!pte_present(entry)) break;
    if (child !== 0 && !get_page_type(cpu, domain, ptPageOf(domain, cpu.instance, pte_pfn(entry)), child)) return false;
  }
  return true;
}
