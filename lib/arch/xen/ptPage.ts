/**
 * The words of a page-table page of a Xen PV guest, and the types that it can have. Used by the other files of this
 * folder and the race xen-pin.
 */

import { WORD, struct } from '../../sharedarraybuffer-utils/index.js';

/**
 * One page-table page of a Xen PV guest: what the hypervisor and what the guest know of it, and its entries.
 * `type` is the hypervisor's, changed under the domain lock; `lin` is the guest's linear-map PTE of the page;
 * `flags` is the guest's struct page; `ptl` guards the entries of a PTE page where PTE locks are split. The entries come
 * last; a domain says how many are modelled.
 */
export const PT_PAGE = struct({ type: WORD, lin: WORD, flags: WORD, ptl: WORD, entries: WORD });

/** Type field of a page: what the hypervisor has validated it as. @kernel PGT_*, xen/include/asm-x86/mm.h */
export const PGT_none = 0 << 29;
export const PGT_l1_page_table = 1 << 29;
export const PGT_l2_page_table = 2 << 29;
export const PGT_l3_page_table = 3 << 29;
export const PGT_writable_page = 7 << 29;
export const PGT_type_mask = 7 << 29;
/** The guest has asked to keep the type: one of the counted references. @kernel PGT_pinned */
export const PGT_pinned = 1 << 28;
/** References to the page in its type. @kernel PGT_count_mask */
export const PGT_count_mask = 0xffff;

/** Bit of `flags`: the guest has put the page under Xen's protection. @kernel PG_pinned, include/asm-x86/xen/page.h */
export const PG_pinned = 1;

/** Whether a type word says "validated page table of this type, in use". */
export function isTyped(word: number, type: number): boolean {
  return (word & PGT_type_mask) === type && (word & PGT_count_mask) !== 0;
}

/** Returns the name of the type in a type word, as Xen's PGT_ constants are called. */
export function typeName(word: number): string {
  if ((word & PGT_count_mask) === 0) return 'none';
  const names: Record<number, string> = {
    [PGT_l1_page_table]: 'L1',
    [PGT_l2_page_table]: 'L2',
    [PGT_l3_page_table]: 'L3',
    [PGT_writable_page]: 'writable',
  };
  return names[word & PGT_type_mask] ?? 'none';
}
