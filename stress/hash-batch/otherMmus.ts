/**
 * What the mail asks of other architectures: sparc64's TSB, and TLBs that software fills. Called on the CPUs' threads by
 * access.ts and ptes.ts where `mmu` is not the hash table.
 *
 * A TSB has one slot for a page, so an insert replaces what is there; the TLB is filled from it on a miss only. A software-filled
 * TLB has no slot for a page: who writes an entry must know that there is none yet, look for it, or take it out before.
 * Translations have the form of a hash table entry's second word.
 */
import { BUG, READ_ONCE, WRITE_ONCE, beginRetries, cmpxchg, nextTry, type Cpu } from '../../lib/sdk/index.js';
import { tlbDrop, tlbFill, tlbFlushCpu, tlbLookup } from '../../lib/sdk/mm.js';
import {
  HPTE_R,
  MACHINE_CHECK,
  NOT_ALLOWED,
  PPC_PAGE,
  PP_RWRW,
  PP_RXRX,
  hpte_encode_r,
  ppcPteFrame,
  spinWhileSet,
} from '../../lib/sdk/ppc64.js';
import { pendingPages, pteOf, tsbSlot, vpnOfPage, type Config } from './state.js';

/** The tag of a TSB entry is locked: nobody else writes the entry. */
const TSB_LOCK = 0x800;
/** How hash_page() answers where it has found an entry. */
const FOUND = 0;

/** Returns what a PTE allows. A page may be written through a translation only once its PTE is dirty. */
function translationOf(pte: number): number {
  const writable = (pte & (PPC_PAGE.RW | PPC_PAGE.DIRTY)) === (PPC_PAGE.RW | PPC_PAGE.DIRTY);
  return hpte_encode_r(ppcPteFrame(pte)) | HPTE_R.R | (writable ? PP_RWRW : PP_RXRX);
}

/** Returns the translation of page `i`, from the TLB, or as the miss handler finds it; 0 for none. */
export function translateElsewhere(cpu: Cpu, mm: number, c: Config, i: number): number {
  const key = pteOf(mm, i);
  const cached = c.mmu === 'tsb' ? tlbLookup(cpu, key) : lookupBoth(cpu, key, i);
  if (cached !== 0) return cached;
  const r = c.mmu === 'tsb' ? tsbMiss(cpu, mm, c, i) : pteMiss(cpu, key);
  if (r !== 0) tlbFill(cpu, key, r);
  return r;
}

/** The key of a page's second entry: no PTE's, and in another place of the modelled TLB. Two that match is what no processor allows. */
const secondKey = (key: number): number => key ^ 1;

function lookupBoth(cpu: Cpu, key: number, i: number): number {
  const second = tlbLookup(cpu, secondKey(key));
  const first = tlbLookup(cpu, key);
  if (first !== 0 && second !== 0)
    BUG(cpu, MACHINE_CHECK, 'two TLB entries match one page: the processor stops', vpnOfPage(i), first, second);
  return first === 0 ? second : first;
}

/** Nothing is in the TLB, so nothing has to be looked for. */
function pteMiss(cpu: Cpu, ptep: number): number {
  const pte = READ_ONCE(cpu, ptep);
  return (pte & PPC_PAGE.PRESENT) === 0 ? 0 : translationOf(pte);
}

/** The TSB has the page, or is filled from the PTE, with the tag locked: a flush of the slot waits for that. */
function tsbMiss(cpu: Cpu, mm: number, c: Config, i: number): number {
  const slot = tsbSlot(mm, c, i);
  const found = READ_ONCE(cpu, slot);
  if (found !== 0 && (found & TSB_LOCK) === 0) return found;
  lockSlot(cpu, slot);
  const r = pteMiss(cpu, pteOf(mm, i));
  WRITE_ONCE(cpu, slot, r);
  return r;
}

/** Locks the tag; the entry that was there is none meanwhile. */
function lockSlot(cpu: Cpu, slot: number): void {
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    const found = READ_ONCE(cpu, slot);
    if ((found & TSB_LOCK) !== 0) spinWhileSet(cpu, slot, TSB_LOCK);
    else if (cmpxchg(cpu, slot, found, TSB_LOCK) === found) return;
  }
}

/**
 * Handles an access that the translation denies, without the PTE lock, as hash_page() does: a software-filled TLB rewrites the entry
 * at its place, if the PTE allows the access. On sparc64 such a fault always goes to the kernel (dtlb_prot.S).
 */
export function refillElsewhere(cpu: Cpu, mm: number, c: Config, i: number, rights: number): number {
  if (c.mmu === 'tsb') return NOT_ALLOWED;
  const ptep = pteOf(mm, i);
  const needed = rights | PPC_PAGE.PRESENT;
  const used = PPC_PAGE.ACCESSED | (rights === 0 ? 0 : PPC_PAGE.DIRTY);
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    const place = probe(cpu, ptep);
    const pte = READ_ONCE(cpu, ptep);
    if ((needed & ~pte) !== 0) return NOT_ALLOWED;
    if (cmpxchg(cpu, ptep, pte, pte | used) !== pte) continue;
    tlbFill(cpu, place, translationOf(pte | used));
    return FOUND;
  }
}

/** Returns the place of the entry that a probe finds, or a free one. A flush from here on reaches what is written there. */
function probe(cpu: Cpu, key: number): number {
  const inSecond = tlbLookup(cpu, secondKey(key)) !== 0;
  return tlbLookup(cpu, key) === 0 && inSecond ? secondKey(key) : key;
}

/** update_mmu_cache(): a PTE has been set where there was none. Under the PTE lock. */
export function preloadElsewhere(cpu: Cpu, mm: number, c: Config, i: number): void {
  const key = pteOf(mm, i);
  const r = translationOf(READ_ONCE(cpu, key));
  switch (c.mmu) {
    case 'tsb': // tsb_insert(); the TLB is left alone
      lockSlot(cpu, tsbSlot(mm, c, i));
      WRITE_ONCE(cpu, tsbSlot(mm, c, i), r);
      break;
    case 'blind': // into a free entry: where there was no PTE there is no translation
      tlbFill(cpu, tlbLookup(cpu, key) === 0 ? key : secondKey(key), r);
      break;
    case 'demap':
      tlbDrop(cpu, key);
      tlbLookup(cpu, key); // the walk begins behind that
      tlbFill(cpu, key, r);
      break;
    default:
      tlbFill(cpu, probe(cpu, key), r);
  }
}

/** sparc64: a store faults on a clean page. handle_pte_fault() makes the PTE dirty, which flushes the old translation at once. */
export function makeDirty(cpu: Cpu, mm: number, c: Config, i: number, pte: number): void {
  if ((pte & PPC_PAGE.DIRTY) !== 0) return; // spurious: nothing is pending on this CPU
  WRITE_ONCE(cpu, pteOf(mm, i), pte | PPC_PAGE.DIRTY);
  flushPage(cpu, mm, c, i);
  preloadElsewhere(cpu, mm, c, i);
}

/** Notes that the translations of page `i` are owed a flush. */
export function queueElsewhere(cpu: Cpu, mm: number, c: Config, i: number): void {
  const pending = pendingPages(mm, c);
  WRITE_ONCE(cpu, pending, READ_ONCE(cpu, pending) | (1 << i));
}

/** Flushes what is owed: the slots of the TSB, then the TLBs. */
export function flushElsewhere(cpu: Cpu, mm: number, c: Config): void {
  const pending = READ_ONCE(cpu, pendingPages(mm, c));
  if (pending === 0) return;
  for (let i = 0; i < c.pages; i++) if ((pending & (1 << i)) !== 0) flushPage(cpu, mm, c, i);
  WRITE_ONCE(cpu, pendingPages(mm, c), 0);
}

function flushPage(cpu: Cpu, mm: number, c: Config, i: number): void {
  if (c.mmu === 'tsb') {
    lockSlot(cpu, tsbSlot(mm, c, i));
    WRITE_ONCE(cpu, tsbSlot(mm, c, i), 0);
  }
  for (let other = 0; other < cpu.cpus; other++) tlbFlushCpu(cpu, other);
}
