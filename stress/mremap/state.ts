/** What the instances of mremap hold, what a variant means, and the first state. Called by race.ts and its actors. */

import { LINE, WORD, elementAt, fieldAt, struct, words, type KnobValues } from '../../lib/sdk/index.js';
import {
  _PAGE_DIRTY,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  pfn_pte,
  ownedPageName,
  ownedPageWords,
  resetOwned,
} from '../../lib/sdk/mm.js';
import type { ABOUT } from './about.js';

export const CPUS = 2;

/** A page table with one entry, and its lock. */
export const TABLE = struct({ ptl: WORD, pte: WORD });
export const STATE = struct({
  /** Guards the list of the page's mappings: i_mmap_rwsem. */
  rmap_lock: LINE,
  /** mm->page_table_lock, which guards the PMDs. */
  pmd_lock: LINE,
  /** The PMDs of the old and the new address: offset of a TABLE in the instance, or 0. */
  pmd: words(2),
  /** The page tables of the old and the new address; the second is not used if the first one moves. */
  table: words(2 * TABLE.WORDS),
  /** CPUs that have the mm loaded, and the page that each one flushes. */
  cpu_vm_mask: LINE,
  flush_info: words(CPUS),
  /** The page. */
  page: words(ownedPageWords(CPUS)),
});
export const [OLD, NEW] = [0, 1];

export interface Config {
  readonly move: 'pte' | 'pmd';
  readonly dirty: boolean;
  /** With which locks move_ptes() flushes. */
  readonly flush: 'none' | 'old' | 'both';
  /** Only mutants move a page table without a flush. */
  readonly flushesPmd: boolean;
  /** Only mutants use the page no more when it is about to be freed: what is left in a TLB has to be found there. */
  readonly usesAgain: boolean;
  readonly rechecks: boolean;
  readonly takesRmapLock: boolean;
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, { move, dirty }: KnobValues<typeof ABOUT.knobs>): Config {
  const late = variant === 'buggy' && !dirty;
  return Object.freeze({
    move,
    dirty,
    flush: late ? 'none' : variant === 'flush-old-lock' ? 'old' : 'both',
    flushesPmd: true,
    usesAgain: true,
    rechecks: variant === 'recheck-pmd',
    takesRmapLock: variant === 'rmap-locked' && move === 'pmd',
  });
}

/** Gives the words their first values: the page is mapped at the old address. */
export function reset(mem: Int32Array, at: number, { move, dirty }: Config): void {
  mem.fill(0, at, at + STATE.page);
  resetOwned(mem, at + STATE.page, CPUS);
  mem[at + STATE.pmd + OLD] = STATE.table;
  if (move === 'pte') mem[at + STATE.pmd + NEW] = STATE.table + TABLE.WORDS;
  const flags = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | (dirty ? _PAGE_DIRTY : 0);
  mem[at + STATE.table + TABLE.pte] = pfn_pte(0x80, flags);
  mem[at + STATE.cpu_vm_mask] = (1 << CPUS) - 1;
}

/** Returns the name of a word of an instance. */
export function symbol(offset: number): string {
  if (offset >= STATE.page) return `page.${ownedPageName(offset - STATE.page)}`;
  const inTables = offset - STATE.table;
  if (inTables < 0 || inTables >= 2 * TABLE.WORDS) return fieldAt(STATE, offset);
  return elementAt('table', TABLE, inTables);
}
