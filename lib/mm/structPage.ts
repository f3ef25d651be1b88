/**
 * The struct page of the kernel: flags and counts of a page. Called on a CPU's thread by the races numa-protnone and zap-mkclean; read
 * by reportBadPte.ts.
 */

import { WRITE_ONCE, atomic_fetch_add, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { mappingIsGone } from './dirtyPage.js';

/**
 * What the kernel knows of a page: its flags, references, mappings, whose it is, and one word of what is in it. The counts
 * are atomic; `flags` and `mapping` change only while the page has one owner.
 */
export const STRUCT_PAGE = struct({ flags: WORD, count: WORD, mapcount: WORD, mapping: WORD, content: WORD });

/** Flags of a page, as dump_page() names them. @kernel include/linux/page-flags.h, x86-64 of 3.12 */
export const PG_uptodate = 1 << 3;
export const PG_swapbacked = 1 << 19;
/** Bit of `mapping`: what it points to is an anon_vma. @kernel PAGE_MAPPING_ANON, include/linux/mm.h */
export const PAGE_MAPPING_ANON = 1;

/**
 * Makes a fresh page the anonymous page of one mapping; `anon_vma` is the word index that names its owner.
 *
 * @kernel page_add_new_anon_rmap, mm/rmap.c. Differs: takes the page's first reference as well.
 */
export function page_add_new_anon_rmap(cpu: Cpu, page: number, anon_vma: number): void {
  if ((anon_vma | 0) !== anon_vma) checkWord('page_add_new_anon_rmap: anon_vma', anon_vma);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.flags, PG_uptodate | PG_swapbacked);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.count, 1);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.mapping, (anon_vma << 1) | PAGE_MAPPING_ANON);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.mapcount, 1);
}

/**
 * Takes one mapping away; returns how many are left, which must not be negative (I16). Of an anonymous page: its contents go with its
 * mappings, and so may the dirty bits of its entries.
 *
 * @kernel page_remove_rmap, mm/rmap.c. Differs: returns page_mapcount().
 */
export function page_remove_rmap(cpu: Cpu, page: number): number {
  return atomic_fetch_add(cpu, page + STRUCT_PAGE.mapcount, -1) - 1;
}

/**
 * Does the same for a page of a file: the dirty bit of the entry that this CPU has taken out must have reached the page (I20).
 *
 * @kernel page_remove_file_rmap, mm/rmap.c, which page_remove_rmap calls. Differs: returns page_mapcount().
 */
export function page_remove_file_rmap(cpu: Cpu, page: number): number {
  mappingIsGone(cpu);
  return page_remove_rmap(cpu, page);
}

/**
 * Drops a reference; the last one frees the page, which is nobody's then. Returns how many are left.
 *
 * @kernel put_page, mm/swap.c. Differs: returns page_count(); a freed page stays as it is until it is used again.
 */
export function put_page(cpu: Cpu, page: number): number {
  const left = atomic_fetch_add(cpu, page + STRUCT_PAGE.count, -1) - 1;
  if (left !== 0) return left;
  WRITE_ONCE(cpu, page + STRUCT_PAGE.mapping, 0);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.flags, 0);
  return 0;
}
