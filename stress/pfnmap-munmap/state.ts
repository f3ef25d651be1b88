/** What the instances of pfnmap-munmap hold, what a variant means, and the first state. Called by race.ts. */

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
const VMAS_MAX = 2;

/** A VMA of one page. */
export const VMA = struct({
  ptl: WORD,
  pte: WORD,
  /** Whether it is on the list of the file's mappings; guarded by i_mmap_lock. */
  listed: WORD,
});
export const STATE = struct({
  i_mmap_lock: LINE,
  /** mm->tlb_flush_pending: how many change PTEs and have not flushed yet. */
  tlb_flush_pending: LINE,
  /** CPUs that have the mm loaded. */
  cpu_vm_mask: WORD,
  vma: words(VMAS_MAX * VMA.WORDS),
  /** The driver's frame. */
  frame: lines(ownedPageWords(CPUS_MAX)),
});

export interface Config {
  /** Whether munmap() flushes before it takes the driver's VMA off the list. */
  readonly flushesFirst: boolean;
  readonly countsPending: boolean;
  readonly vmas: number;
  /** Only mutants do not flush when all VMAs are off the list, or take the frame back without the lock of that list. */
  readonly flushesLast: boolean;
  readonly evictLocks: boolean;
  /** Only mutants use the frame no more when it is about to be freed: what is left in a TLB has to be found there. */
  readonly usesAgain: boolean;
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, { vmas }: KnobValues<typeof ABOUT.knobs>): Config {
  return Object.freeze({
    flushesFirst: variant !== 'buggy' && (variant !== 'flush-first-vma' || vmas === 1),
    countsPending: variant !== 'no-nested',
    vmas,
    flushesLast: true,
    evictLocks: true,
    usesAgain: true,
  });
}

/** Returns VMA `i` of an instance. */
export function vmaOf(at: number, i: number): number {
  return at + STATE.vma + i * VMA.WORDS;
}

/** Returns the VMA of the driver: the last one. */
export function driversVma(at: number, c: Config): number {
  return vmaOf(at, c.vmas - 1);
}

/** Gives the words their first values: all VMAs are mapped, the driver's is listed. */
export function reset(mem: Int32Array, at: number, c: Config): void {
  mem.fill(0, at, at + STATE.frame);
  resetOwned(mem, at + STATE.frame, CPUS_MAX);
  for (let i = 0; i < c.vmas; i++)
    mem[vmaOf(at, i) + VMA.pte] = pfn_pte(0x80 + i, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
  mem[driversVma(at, c) + VMA.listed] = 1;
}

/** Returns the name of a word of an instance. */
export function symbol(offset: number): string {
  if (offset >= STATE.frame) return `frame.${ownedPageName(offset - STATE.frame)}`;
  const inVmas = offset - STATE.vma;
  if (inVmas < 0) return fieldAt(STATE, offset);
  return elementAt('vma', VMA, inVmas);
}
