/**
 * The hash table of a ppc64 machine: entries, groups, hash. Used by the other files of this folder and the race
 * hash-batch.
 */

import type { Cpu } from '../../machine/cpu.js';
import { PPC_PAGE, groupIndex } from './pte.js';

/**
 * The hash table of a machine: groups of eight slots of two words. The entry of a virtual page may stand in any slot of
 * its primary group (hash & mask) or, marked SECONDARY, of its secondary group (~hash & mask).
 */
export interface HashTable {
  /** Word offset of the first group in the instance. */
  readonly htab: number;
  /** Number of groups - 1; the number is a power of two. @kernel htab_hash_mask */
  readonly mask: number;
  /** Word offset of the lock under which translations are invalidated for all CPUs. */
  readonly native_tlbie_lock: number;
  /** Word offset of the mask of CPUs that use the address space; bit b is CPU b. */
  readonly cpu_vm_mask: number;
  /**
   * Word offset of the auditor's count of valid entries, one word for each of the `pages` tracked pages. It is raised
   * after an entry has become valid and lowered before it ceases to be, so it never exceeds the truth.
   */
  readonly counts: number;
  /** Virtual page number of the first tracked page. */
  readonly firstVpn: number;
  readonly pages: number;
  /** Whether a task can be preempted in lazy MMU mode, and so between the address of a batch and its use. */
  readonly preemptible: boolean;
  /** Whether hpte_need_flush() keeps the task on its CPU while it uses the batch. */
  readonly needFlushPins: boolean;
  /** Whether flush_hash_range invalidates translations as well; without it, TLBs keep what the table has lost. */
  readonly flushTlbie: boolean;
  /** Whether flush_hash_range looks for the entry in the primary group instead of taking the slot from the PTE. */
  readonly flushSearchesPrimary: boolean;
  /** Whether an entry can vanish at any time because others need its slot. */
  readonly evicts: boolean;
}

/** @kernel HPTES_PER_GROUP, include/asm-powerpc/mmu.h */
export const HPTES_PER_GROUP = 8;
/** Words of one entry: v at 0, r at 1. */
export const HPTE_WORDS = 2;
export const HPTE_R_WORD = 1;

/** First word of an entry. The virtual page number stands above the flags. @kernel HPTE_V_*, include/asm-powerpc/mmu.h */
export const HPTE_V = Object.freeze({ VALID: 0x01, SECONDARY: 0x02, LOCK: 0x08, BOLTED: 0x10, AVPN: ~0x7f } as const);
const AVPN_SHIFT = 7;

/** Second word of an entry. The frame number stands above the flags. @kernel HPTE_R_*, include/asm-powerpc/mmu.h */
export const HPTE_R = Object.freeze({ PP: 0x3, N: 0x4, C: 0x80, R: 0x100 } as const);
/** @kernel PP_RWRW, include/asm-powerpc/mmu.h */
export const PP_RWRW = 2;
/** @kernel PP_RXRX */
export const PP_RXRX = 3;
const RPN_SHIFT = 12;

/** Bits of a virtual page number that count pages within a segment. */
const PAGE_INDEX_BITS = 8;

/** Returns the virtual page number of a page of a segment. Differs: 8 bits of page index instead of 16. */
export function makeVpn(vsid: number, page: number): number {
  return (vsid << PAGE_INDEX_BITS) | page;
}

/**
 * @kernel hpt_hash, include/asm-powerpc/mmu.h. Differs: takes the virtual page number.
 */
export function hpt_hash(vpn: number): number {
  return (vpn >>> PAGE_INDEX_BITS) ^ (vpn & ((1 << PAGE_INDEX_BITS) - 1));
}

/**
 * @kernel hpte_encode_v, include/asm-powerpc/mmu.h. Differs: holds the whole virtual page number.
 */
export function hpte_encode_v(vpn: number): number {
  return vpn << AVPN_SHIFT;
}

/**
 * @kernel hpte_encode_r, include/asm-powerpc/mmu.h
 */
export function hpte_encode_r(pfn: number): number {
  return pfn << RPN_SHIFT;
}

/** Returns the virtual page number of an entry. */
export function vpnOf(v: number): number {
  return v >>> AVPN_SHIFT;
}

/** Returns the frame number of an entry. */
export function frameOf(r: number): number {
  return r >>> RPN_SHIFT;
}

/**
 * Whether two first words name the same virtual page.
 *
 * @kernel HPTE_V_COMPARE, include/asm-powerpc/mmu.h
 */
export function HPTE_V_COMPARE(x: number, y: number): boolean {
  return ((x ^ y) & HPTE_V.AVPN) === 0;
}

/** Returns what a search for a page in its primary or secondary group compares first words with. */
export function hpteSearchedFor(vpn: number, secondary: boolean): number {
  return hpte_encode_v(vpn) | HPTE_V.VALID | (secondary ? HPTE_V.SECONDARY : 0);
}

/** Whether the entry with this first word is what is searched for: the lock bit does not matter to the processor. */
export function hpteMatches(v: number, searchedFor: number): boolean {
  return (v & (HPTE_V.AVPN | HPTE_V.VALID | HPTE_V.SECONDARY)) === searchedFor;
}

/** Returns the first slot of the primary group of a page, or of its secondary group. */
export function groupOf(t: HashTable, vpn: number, secondary: boolean): number {
  const hash = hpt_hash(vpn);
  return ((secondary ? ~hash : hash) & t.mask) * HPTES_PER_GROUP;
}

/** Returns the slot that a PTE's bits name for its page. */
export function slotOf(t: HashTable, vpn: number, pte: number): number {
  return groupOf(t, vpn, (pte & PPC_PAGE.SECONDARY) !== 0) + groupIndex(pte);
}

/** Returns the word index of the entry in a slot. */
export function hpteAt(cpu: Cpu, t: HashTable, slot: number): number {
  return cpu.instance + t.htab + slot * HPTE_WORDS;
}

/** Returns the number of words of the table. */
export function hashTableWords(mask: number): number {
  return (mask + 1) * HPTES_PER_GROUP * HPTE_WORDS;
}
