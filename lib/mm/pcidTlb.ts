/**
 * The TLB of a CPU whose entries carry an address-space tag (PCID of x86, ASID elsewhere). Called on a CPU's thread by
 * switchMm.ts, flushTlbMm.ts and by races.
 *
 * Entries of a tag stay while another one is loaded, and are found again when it is loaded with CR3_NOFLUSH. No other
 * CPU can reach them: who wants them gone has to interrupt this one. Entries also carry the trial, so that nothing
 * survives into the next use of an instance.
 */

import { local_irq_restore, local_irq_save } from '../kernel/irqflags.js';
import { DEFINE_PER_CPU, ownWords, per_cpu_ptr } from '../kernel/percpu.js';
import { READ_ONCE, WRITE_ONCE, checkWord, smp_mb } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { checkFlag } from '../machine/given.js';
import { fail } from '../machine/outcome.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { OWNED_PAGE, PAGE_OWNED, STALE_ACCESS, bitOf, noteEntries } from './ownedPage.js';
import { TLB_ENTRIES } from './tlb.js';

const ENTRIES = 16;
/** Where the places of this TLB begin in what is noted of a page: those of the one without tags (tlb.ts) are below. */
const FIRST_PLACE = TLB_ENTRIES;
const PCID_TLB = struct({
  /** The tag in CR3, with the trial in which it was loaded. */
  asid: WORD,
  asidTrial: WORD,
  /** Flushes so far, and what they were when the walk that is under way began. */
  flushes: WORD,
  walk: WORD,
  key: words(ENTRIES),
  tag: words(ENTRIES),
  trial: words(ENTRIES),
  pte: words(ENTRIES),
  /** The OWNED_PAGE to which the entry leads, if the race has one; 0 for none. */
  page: words(ENTRIES),
});
const cpu_pcid_tlb = DEFINE_PER_CPU('cpu_pcid_tlb', PCID_TLB.WORDS);

/** Loads another address space: translations are looked up under `asid` from now on. `flush` drops those that it has. */
export function loadAsid(cpu: Cpu, asid: number, flush: boolean): void {
  if ((asid | 0) !== asid) checkWord('loadAsid: asid', asid);
  checkFlag('loadAsid: flush', flush);
  const { mem } = cpu;
  // MOV to CR3 serializes: what was stored before is visible.
  smp_mb(cpu);
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  mem[tlb + PCID_TLB.asid] = asid;
  mem[tlb + PCID_TLB.asidTrial] = cpu.taggedTrial;
  if (flush) dropTag(cpu, asid);
}

/** Returns the tag that is loaded; 0 before the first of a trial. */
export function loadedAsid(cpu: Cpu): number {
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  return cpu.mem[tlb + PCID_TLB.asidTrial] === cpu.taggedTrial ? cpu.mem[tlb + PCID_TLB.asid] : 0;
}

/**
 * Returns the translation of `key` (any word that names a virtual page) under the loaded tag, or 0. A miss begins the page
 * walk that `pcidFill` ends.
 */
export function pcidLookup(cpu: Cpu, key: number): number {
  if ((key | 0) !== key) checkWord('pcidLookup: key', key);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  mem[tlb + PCID_TLB.walk] = mem[tlb + PCID_TLB.flushes];
  const i = slotOf(key, loadedAsid(cpu));
  return isEntry(cpu, i, key, loadedAsid(cpu)) ? mem[tlb + PCID_TLB.pte + i] : 0;
}

/**
 * Caches what a page walk found. A flush by an interrupt since the lookup leaves nothing of the walk. `page`, if any: the OWNED_PAGE to which
 * it leads, with interrupts off from the lookup to here; who frees that page sees the entry (pageOwner.ts).
 */
export function pcidFill(cpu: Cpu, key: number, pte: number, page = 0): void {
  if ((key | 0) !== key) checkWord('pcidFill: key', key);
  if ((pte | 0) !== pte) checkWord('pcidFill: pte', pte);
  if ((page | 0) !== page) checkWord('pcidFill: page', page);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  if (mem[tlb + PCID_TLB.walk] !== mem[tlb + PCID_TLB.flushes]) return;
  const asid = loadedAsid(cpu);
  const i = slotOf(key, asid);
  const displaced = pageOf(cpu, tlb, i);
  mem[tlb + PCID_TLB.key + i] = key;
  mem[tlb + PCID_TLB.trial + i] = cpu.taggedTrial;
  mem[tlb + PCID_TLB.pte + i] = pte;
  mem[tlb + PCID_TLB.page + i] = page;
  if (displaced !== 0 && displaced !== page) note(cpu, tlb, displaced);
  if (page === 0) mem[tlb + PCID_TLB.tag + i] = asid;
  else {
    WRITE_ONCE(cpu, tlb + PCID_TLB.tag + i, asid);
    note(cpu, tlb, page);
  }
}

/** Returns the OWNED_PAGE to which entry `i` leads; 0 for none. */
function pageOf(cpu: Cpu, tlb: number, i: number): number {
  return cpu.mem[tlb + PCID_TLB.trial + i] === cpu.taggedTrial ? cpu.mem[tlb + PCID_TLB.page + i] : 0;
}

/** Notes for others which entries lead to a page. */
function note(cpu: Cpu, tlb: number, page: number): void {
  let places = 0;
  for (let i = 0; i < ENTRIES; i++) if (pageOf(cpu, tlb, i) === page) places |= 1 << (FIRST_PLACE + i);
  noteEntries(cpu, page, places);
}

/** Whether a place, a bit of what is noted of a page, is one of this TLB. */
export function isTagged(place: number): boolean {
  return bitOf(place) >= FIRST_PLACE;
}

/** Returns the tag of the entry of CPU `target` at `place`, a bit. */
export function tagAt(cpu: Cpu, target: number, place: number): number {
  return READ_ONCE(cpu, per_cpu_ptr(cpu, cpu_pcid_tlb, target) + PCID_TLB.tag + bitOf(place) - FIRST_PLACE);
}

/** Checks that no translation of the tag that has just been loaded leads to a page that was freed meanwhile (I17). */
export function checkKept(cpu: Cpu): void {
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  const asid = loadedAsid(cpu);
  for (let i = 0; i < ENTRIES; i++) {
    const page = cpu.mem[tlb + PCID_TLB.tag + i] === asid ? pageOf(cpu, tlb, i) : 0;
    if (page === 0) continue;
    const found = READ_ONCE(cpu, page + OWNED_PAGE.owner);
    if (found !== PAGE_OWNED)
      fail(cpu, STALE_ACCESS, 'I17: a tag is loaded that has a translation of a page that was freed', page, found);
  }
}

/** Drops one translation of the loaded tag, as INVLPG does. */
export function pcidDrop(cpu: Cpu, key: number): void {
  if ((key | 0) !== key) checkWord('pcidDrop: key', key);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  const asid = loadedAsid(cpu);
  mem[tlb + PCID_TLB.flushes]++;
  const i = slotOf(key, asid);
  if (isEntry(cpu, i, key, asid)) drop(cpu, tlb, i);
}

function drop(cpu: Cpu, tlb: number, i: number): void {
  const page = pageOf(cpu, tlb, i);
  cpu.mem[tlb + PCID_TLB.trial + i] = 0;
  if (page === 0) return;
  const flags = local_irq_save(cpu); // one instruction of the hardware
  note(cpu, tlb, page);
  local_irq_restore(cpu, flags);
}

/** Drops all translations of the loaded tag, as a write of CR3 without CR3_NOFLUSH does. */
export function pcidFlush(cpu: Cpu): void {
  dropTag(cpu, loadedAsid(cpu));
}

function dropTag(cpu: Cpu, asid: number): void {
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  mem[tlb + PCID_TLB.flushes]++;
  for (let i = 0; i < ENTRIES; i++) if (mem[tlb + PCID_TLB.tag + i] === asid) drop(cpu, tlb, i);
}

function isEntry(cpu: Cpu, i: number, key: number, asid: number): boolean {
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  return (
    mem[tlb + PCID_TLB.key + i] === key &&
    mem[tlb + PCID_TLB.tag + i] === asid &&
    mem[tlb + PCID_TLB.trial + i] === cpu.taggedTrial
  );
}

/** Returns the slot of a page; one page of two address spaces has two. */
function slotOf(key: number, asid: number): number {
  return (key ^ (key >> 4) ^ (asid * 5)) & (ENTRIES - 1);
}
