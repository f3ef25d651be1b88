/**
 * Checks the entries of the hash table. Called on a CPU's thread by the files that change them; read on the host by
 * report.ts.
 *
 * The auditor of the hash table: no part of the modelled machine. It counts the valid entries of each tracked page in one
 * atomic word: raised after an entry has become valid, lowered before it ceases to be. So a count of two proves that two
 * entries were valid at that instant; the search for them that follows tells only where they stood.
 */

import { READ_ONCE, atomic_fetch_add, checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { checkFlag } from '../../machine/given.js';
import { BUG } from '../../kernel/bug.js';
import { DEFINE_PER_CPU, ownWords } from '../../kernel/percpu.js';
import { WORD, struct, words } from '../../sharedarraybuffer-utils/index.js';
import {
  HPTES_PER_GROUP,
  HPTE_R_WORD,
  HPTE_WORDS,
  groupOf,
  hpteAt,
  hpteMatches,
  hpteSearchedFor,
  type HashTable,
} from './hashTable.js';

/** Signature of an access to a page that had been freed (I17). Its details: page, translation, frame, rights. */
export const FREED_FRAME = 'freed-frame';
/** Signature of a broken BUSY protocol (I11). */
export const BUSY_BROKEN = 'busy-broken';
/** Signature of a PTE and a hash table that contradict each other (I10). */
export const HASHPTE_MISMATCH = 'hashpte-mismatch';

const SLOTS = 2 * HPTES_PER_GROUP;
/** What a CPU has seen of the duplicate it made: kept until its actor asks. Guarded by nobody: the CPU's own words. */
const DUPLICATE = struct({ flagged: WORD, vpn: WORD, slot: WORD, other: WORD, groups: words(SLOTS * HPTE_WORDS) });
const duplicate_seen = DEFINE_PER_CPU('duplicate_seen', DUPLICATE.WORDS);

/** Returns the word index of the count of a page's valid entries; -1 for a page that nobody counts. */
export function countAt(cpu: Cpu, t: HashTable, vpn: number): number {
  if ((vpn | 0) !== vpn) checkWord('countAt: vpn', vpn);
  const page = vpn - t.firstVpn;
  return page >= 0 && page < t.pages ? cpu.instance + t.counts + page : -1;
}

/** Notes that an entry has become valid in `slot` (I9). With an older one beside it, the duplicate is flagged with what stood where. */
export function auditInsert(cpu: Cpu, t: HashTable, vpn: number, slot: number): void {
  const at = countAt(cpu, t, vpn);
  if (at >= 0 && atomic_fetch_add(cpu, at, 1) > 0) flagDuplicate(cpu, t, vpn, slot);
}

/** Notes that an entry is about to become invalid. */
export function auditRemove(cpu: Cpu, t: HashTable, vpn: number): void {
  const at = countAt(cpu, t, vpn);
  if (at >= 0) atomic_fetch_add(cpu, at, -1);
}

/** Whether two entries of the page are valid now. */
export function isDuplicated(cpu: Cpu, t: HashTable, vpn: number): boolean {
  const at = countAt(cpu, t, vpn);
  return at >= 0 && READ_ONCE(cpu, at) > 1;
}

/** Copies both groups of the page as they stand, with plain loads: it describes what the count has proved. */
function flagDuplicate(cpu: Cpu, t: HashTable, vpn: number, slot: number): void {
  const { mem } = cpu;
  const d = ownWords(cpu, duplicate_seen);
  mem[d + DUPLICATE.flagged] = 1;
  mem[d + DUPLICATE.vpn] = vpn;
  mem[d + DUPLICATE.slot] = slot;
  mem[d + DUPLICATE.other] = -1;
  for (let i = 0; i < SLOTS; i++) {
    const secondary = i >= HPTES_PER_GROUP;
    const s = groupOf(t, vpn, secondary) + (i % HPTES_PER_GROUP);
    const v = mem[hpteAt(cpu, t, s)];
    mem[d + DUPLICATE.groups + i * HPTE_WORDS] = v;
    mem[d + DUPLICATE.groups + i * HPTE_WORDS + 1] = mem[hpteAt(cpu, t, s) + HPTE_R_WORD];
    if (s !== slot && hpteMatches(v, hpteSearchedFor(vpn, secondary))) mem[d + DUPLICATE.other] = s;
  }
}

/** Returns the slot of the duplicate's newer entry, or of the older one (-1 if it was gone by then). */
export function duplicateSlot(cpu: Cpu, older: boolean): number {
  checkFlag('duplicateSlot: older', older);
  return cpu.mem[ownWords(cpu, duplicate_seen) + (older ? DUPLICATE.other : DUPLICATE.slot)];
}

/** Whether this CPU has made a duplicate since it last forgot. */
export function duplicateFlagged(cpu: Cpu): boolean {
  return cpu.mem[ownWords(cpu, duplicate_seen) + DUPLICATE.flagged] !== 0;
}

export function forgetDuplicate(cpu: Cpu): void {
  cpu.mem[ownWords(cpu, duplicate_seen) + DUPLICATE.flagged] = 0;
}

/**
 * Checks that there is no entry of the page, since no PTE says that there may be one (I10). The caller's PTE lock keeps
 * the PTE as it is.
 */
export function auditUnhashed(cpu: Cpu, t: HashTable, vpn: number, pte: number): void {
  if ((pte | 0) !== pte) checkWord('auditUnhashed: pte', pte);
  const at = countAt(cpu, t, vpn);
  if (at >= 0 && READ_ONCE(cpu, at) > 0) {
    BUG(cpu, HASHPTE_MISMATCH, 'I10: the PTE says that no hash table entry exists, and one does', vpn, pte);
  }
}

/** A duplicate as the CPU that made it saw it. */
export interface DuplicateSeen {
  readonly vpn: number;
  readonly slot: number;
  readonly other: number;
  /** v and r of the 8 + 8 slots, the primary group first. */
  readonly groups: readonly { readonly v: number; readonly r: number }[];
}

/** Reads the duplicate that a CPU has flagged, from a copy of its per-CPU area at `area`; undefined if it has flagged none. */
export function readDuplicate(mem: Int32Array, area: number): DuplicateSeen | undefined {
  const d = area + duplicate_seen.offset;
  if (mem[d + DUPLICATE.flagged] === 0) return undefined;
  const at = (i: number): number => d + DUPLICATE.groups + i * HPTE_WORDS;
  return {
    vpn: mem[d + DUPLICATE.vpn],
    slot: mem[d + DUPLICATE.slot],
    other: mem[d + DUPLICATE.other],
    groups: Array.from({ length: SLOTS }, (_, i) => ({ v: mem[at(i)], r: mem[at(i) + 1] })),
  };
}
