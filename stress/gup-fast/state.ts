/** What the instances of gup-fast hold, what a variant means, and the first state. Called by race.ts. */

import { LINE, WORD, struct, type KnobValues } from '../../lib/sdk/index.js';
import { _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, pfn_pte, type FlushBackEnd } from '../../lib/sdk/mm.js';
import type { ABOUT } from './about.js';

export const STATE = struct({
  /** The PMD: PAGE_TABLE, HUGE_PAGE, or 0 while it is replaced. */
  pmd: LINE,
  /** The page table: its PTE, and whom it belongs to. */
  pte: LINE,
  table_owner: WORD,
  /** References to the page and to a page of somebody else: one for the mapping, one for each pin. */
  page_refs: LINE,
  other_refs: WORD,
  /** Pins that get_user_pages_fast() has returned. */
  pins: WORD,
  /** CPUs that have the mm loaded. */
  cpu_vm_mask: WORD,
});
export const PAGE_TABLE = 1;
export const HUGE_PAGE = 2;
/** Values of `table_owner`. */
export const THE_PROCESS = 1;
export const SOMEBODY_ELSE = 2;
const FLAGS = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER;
export const PTE = pfn_pte(0x80, FLAGS);
export const OTHER_PTE = pfn_pte(0x90, FLAGS);

export interface Config {
  readonly rechecksPmd: boolean;
  readonly sendsIpi: boolean;
  /** Only mutants walk with interrupts on. */
  readonly irqsOff: boolean;
  readonly flush: FlushBackEnd;
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, { flush }: KnobValues<typeof ABOUT.knobs>): Config {
  return Object.freeze({
    rechecksPmd: variant === 'recheck-pmd' || variant === 'sync-ipi',
    sendsIpi: variant === 'sync-only' || variant === 'sync-ipi',
    irqsOff: true,
    flush: flush === 'ipi' ? 'ipi' : 'hypercall',
  });
}

/** Gives the words their first values: the page is mapped by a PTE, and nobody has pinned it. */
export function init(mem: Int32Array, at: number): void {
  mem[at + STATE.pmd] = PAGE_TABLE;
  mem[at + STATE.pte] = PTE;
  mem[at + STATE.table_owner] = THE_PROCESS;
  mem[at + STATE.page_refs] = 1;
  mem[at + STATE.other_refs] = 1;
}
