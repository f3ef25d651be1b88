/** What the instances of uffd-wp hold, and what a variant means. Called by race.ts. */

import { LINE, WORD, struct, words } from '../../lib/sdk/index.js';
import { _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, pfn_pte } from '../../lib/sdk/mm.js';

const PAGES = 2;

export const STATE = struct({
  ptl: LINE,
  pte: WORD,
  /** mm->tlb_flush_pending: how many change PTEs and have not flushed yet. */
  tlb_flush_pending: LINE,
  /** CPUs that have the mm loaded. */
  cpu_vm_mask: WORD,
  /** Stores of the process, and those that the page and its copy have. */
  stores: LINE,
  content: words(PAGES),
});
const FLAGS = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER;
/** The PTE of the page, and that of the copy. */
export const [PTE, COPY_PTE] = [pfn_pte(0x80, FLAGS), pfn_pte(0x81, FLAGS)];

export interface Config {
  readonly flushesLocked: boolean;
  readonly looksAtPending: boolean;
  readonly copiesLate: boolean;
  /** Only mutants say that a flush is pending when the PTE has changed, or do not flush the PTE that they take out. */
  readonly raisesLate: boolean;
  readonly flushesCopied: boolean;
}

/** Returns what a variant means for the protocol. */
export function configure(variant: string): Config {
  return Object.freeze({
    flushesLocked: variant === 'flush-locked',
    looksAtPending: variant === 'pending',
    copiesLate: variant === 'copy-late',
    raisesLate: false,
    flushesCopied: true,
  });
}

/** Gives the words that do not begin as 0 their values: the page is mapped and writable. */
export function init(mem: Int32Array, at: number): void {
  mem[at + STATE.pte] = PTE;
}
