/** What the instances of batched-unmap hold, what a variant means, and the first state. Called by race.ts and its actors. */

import { LINE, WORD, elementAt, fieldAt, lines, struct, words, type KnobValues } from '../../lib/sdk/index.js';
import {
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  pfn_pte,
  ownedPageName,
  ownedPageWords,
  resetOwned,
} from '../../lib/sdk/mm.js';
import type { ABOUT } from './about.js';

/** As many as a machine has. */
export const CPUS_MAX = 64;
const PAGES = 2;
/** A PTE that says where the page is on disk. */
export const SWAP_ENTRY = 0x1000;

/** A page of the process. */
export const PAGE = struct({
  /** The lock of its PTE page, and its PTE. */
  ptl: WORD,
  pte: WORD,
  /** What the process may do with it since its last system call about it has returned: RIGHTS. */
  rights: WORD,
});
export const STATE = struct({
  /** mm->tlb_flush_batched: a flag, or flushes due with those done in the upper half. */
  tlb_flush_batched: LINE,
  /** CPUs that have the mm loaded. */
  cpu_vm_mask: WORD,
  page: words(PAGES * PAGE.WORDS),
  /** What the first of them maps. */
  frame: lines(ownedPageWords(CPUS_MAX)),
});

export const RIGHTS = Object.freeze({ WRITE: 2, READ: 1, GONE: 0 } as const);
/** Where the count of flushes that are done begins. */
export const FLUSHED_SHIFT = 16;
export const PENDING_MASK = (1 << FLUSHED_SHIFT) - 1;

export interface Config {
  /** Whether reclaim flushes once for all pages. */
  readonly isBatched: boolean;
  readonly isCounted: boolean;
  /** Whether the system call looks if a flush is due. */
  readonly looks: boolean;
  /** Only mutants forget the flush that they have found due. */
  readonly flushesPending: boolean;
  /** Only mutants free the page in front of the flush. */
  readonly freesLast: boolean;
  /** Only mutants use the page no more when it is about to be freed: what is left in a TLB has to be found there. */
  readonly usesAgain: boolean;
  readonly op: 'mprotect' | 'munmap';
  readonly owed: boolean;
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, { op, owed }: KnobValues<typeof ABOUT.knobs>): Config {
  return Object.freeze({
    isBatched: variant !== 'unbatched',
    isCounted: variant === 'counter',
    looks: variant === 'flag' || variant === 'counter' || (variant === 'mprotect-only' && op === 'mprotect'),
    flushesPending: true,
    freesLast: true,
    usesAgain: true,
    op,
    owed,
  });
}

/** Returns the page that CPU 0 takes. */
export function pageOf(at: number): number {
  return at + STATE.page;
}

/** Returns the page for which CPU 0 owes a flush already. */
export function owedPageOf(at: number): number {
  return at + STATE.page + PAGE.WORDS;
}

/** Gives the words their first values: the page is mapped and writable; the other one is unmapped, with or without a flush. */
export function reset(mem: Int32Array, at: number, { owed }: Config): void {
  mem.fill(0, at, at + STATE.frame);
  resetOwned(mem, at + STATE.frame, CPUS_MAX);
  mem[at + STATE.tlb_flush_batched] = owed ? 1 : 0;
  mem[pageOf(at) + PAGE.pte] = pfn_pte(0x80, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
  mem[owedPageOf(at) + PAGE.pte] = SWAP_ENTRY;
  mem[pageOf(at) + PAGE.rights] = RIGHTS.WRITE;
  mem[owedPageOf(at) + PAGE.rights] = RIGHTS.WRITE;
}

/** Returns the name of a word of an instance. */
export function symbol(offset: number): string {
  if (offset >= STATE.frame) return `frame.${ownedPageName(offset - STATE.frame)}`;
  const inPages = offset - STATE.page;
  if (inPages < 0) return fieldAt(STATE, offset);
  return elementAt('page', PAGE, inPages);
}
