/**
 * Translates addresses as the processor does. Called on a CPU's thread by the race hash-batch.
 *
 * The processor's side: translation of a page through the TLB, and through the hash table on a miss. What it does with
 * two matching entries is undefined; what of that is modelled is the caller's choice.
 */

import { READ_ONCE, checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { die } from '../../machine/outcome.js';
import { beginRetries, nextTry } from '../../machine/retries.js';
import { tlbFill, tlbLookup } from '../../mm/tlb.js';
import { isDuplicated } from './audit.js';
import {
  HPTES_PER_GROUP,
  HPTE_R,
  HPTE_R_WORD,
  HPTE_WORDS,
  PP_RWRW,
  groupOf,
  hpteAt,
  hpteMatches,
  hpteSearchedFor,
  type HashTable,
} from './hashTable.js';
import { PPC_PAGE } from './pte.js';

/** Signature of a walk that met two entries of one page and stopped the processor. */
export const MACHINE_CHECK = 'machine-check';

/** What the processor does with two entries of one page. */
export type MultiHit = 'machine-check' | 'weaker' | 'weaker-load';

/** Rights that an access needs of an entry's second word. */
export function hptePermits(r: number, access: number): boolean {
  if ((access & PPC_PAGE.RW) !== 0) return (r & HPTE_R.PP) === PP_RWRW;
  return (access & PPC_PAGE.EXEC) === 0 || (r & HPTE_R.N) === 0;
}

/** Returns the second word of the page's translation, from the TLB or from a walk of the hash table, which fills the TLB; 0 for none. */
export function htabTranslate(
  cpu: Cpu,
  t: HashTable,
  key: number,
  vpn: number,
  access: number,
  onMultiHit: MultiHit,
): number {
  if ((vpn | 0) !== vpn) checkWord('htabTranslate: vpn', vpn);
  if ((access | 0) !== access) checkWord('htabTranslate: access', access);
  if (!isMultiHit(onMultiHit))
    throw new RangeError(
      `htabTranslate: onMultiHit is ${onMultiHit}, and must be machine-check, weaker or weaker-load`,
    );
  const cached = tlbLookup(cpu, key);
  if (cached !== 0) return cached;
  const r = walkHashTable(cpu, t, vpn, access, onMultiHit);
  if (r !== 0) tlbFill(cpu, key, r);
  return r;
}

/** Searches all 8 + 8 slots of a page. An entry that changes under the search is searched for again. */
export function walkHashTable(cpu: Cpu, t: HashTable, vpn: number, access: number, onMultiHit: MultiHit): number {
  const primary = hpteAt(cpu, t, groupOf(t, vpn, false));
  const secondary = hpteAt(cpu, t, groupOf(t, vpn, true));
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    const first = search(cpu, primary, secondary, vpn, 0);
    if (first < 0) return 0;
    const hptep = slotAt(primary, secondary, first);
    const second = search(cpu, primary, secondary, vpn, first + 1);
    // Two loads alone do not prove that both entries were valid at once; the auditor's count does.
    if (second >= 0 && isDuplicated(cpu, t, vpn)) {
      return multiHit(cpu, vpn, hptep, slotAt(primary, secondary, second), access, onMultiHit);
    }
    const r = READ_ONCE(cpu, hptep + HPTE_R_WORD);
    if (hpteMatches(READ_ONCE(cpu, hptep), hpteSearchedFor(vpn, first >= HPTES_PER_GROUP))) return r;
  }
}

/** Returns the first of the 16 slots, from slot `from` on, that has an entry of the page; -1 for none. */
function isMultiHit(what: string): boolean {
  return what === 'machine-check' || what === 'weaker' || what === 'weaker-load';
}

function search(cpu: Cpu, primary: number, secondary: number, vpn: number, from: number): number {
  const inPrimary = hpteSearchedFor(vpn, false);
  const inSecondary = hpteSearchedFor(vpn, true);
  for (let i = from; i < HPTES_PER_GROUP; i++) {
    if (hpteMatches(READ_ONCE(cpu, primary + i * HPTE_WORDS), inPrimary)) return i;
  }
  for (let i = Math.max(from, HPTES_PER_GROUP); i < 2 * HPTES_PER_GROUP; i++) {
    if (hpteMatches(READ_ONCE(cpu, secondary + (i - HPTES_PER_GROUP) * HPTE_WORDS), inSecondary)) return i;
  }
  return -1;
}

function slotAt(primary: number, secondary: number, i: number): number {
  return i < HPTES_PER_GROUP ? primary + i * HPTE_WORDS : secondary + (i - HPTES_PER_GROUP) * HPTE_WORDS;
}

/** Handles two entries that match: the processor stops, or takes one of them. */
function multiHit(cpu: Cpu, vpn: number, first: number, second: number, access: number, onMultiHit: MultiHit): number {
  if (onMultiHit !== 'machine-check') return pick(cpu, first, second, access, onMultiHit);
  return die(cpu, MACHINE_CHECK, 'two hash table entries match one page (I9)', vpn, first, second, access);
}

/** Takes one of two entries as if it were the only one, as the processor does: the one with fewer rights, or that for loads alone. */
function pick(cpu: Cpu, first: number, second: number, access: number, onMultiHit: MultiHit): number {
  const a = READ_ONCE(cpu, first + HPTE_R_WORD);
  const b = READ_ONCE(cpu, second + HPTE_R_WORD);
  const firstIsWeaker = !hptePermits(a, PPC_PAGE.RW) || hptePermits(b, PPC_PAGE.RW);
  const weaker = firstIsWeaker ? a : b;
  const stronger = firstIsWeaker ? b : a;
  return onMultiHit === 'weaker' || (access & PPC_PAGE.RW) === 0 ? weaker : stronger;
}
