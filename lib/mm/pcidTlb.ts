/**
 * The TLB of a CPU whose entries carry an address-space tag (PCID of x86, ASID elsewhere). Called on a CPU's thread by
 * switchMm.ts, flushTlbMm.ts and by races.
 *
 * Entries of a tag stay while another one is loaded, and are found again when it is loaded with CR3_NOFLUSH. No other
 * CPU can reach them: who wants them gone has to interrupt this one. Entries also carry the trial, so that nothing
 * survives into the next use of an instance.
 */

import { DEFINE_PER_CPU, ownWords } from '../kernel/percpu.js';
import { checkWord, smp_mb } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { checkFlag } from '../machine/given.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';

const ENTRIES = 16;
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

/** Caches what a page walk found. A flush by an interrupt since the lookup leaves nothing of the walk. */
export function pcidFill(cpu: Cpu, key: number, pte: number): void {
  if ((key | 0) !== key) checkWord('pcidFill: key', key);
  if ((pte | 0) !== pte) checkWord('pcidFill: pte', pte);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  if (mem[tlb + PCID_TLB.walk] !== mem[tlb + PCID_TLB.flushes]) return;
  const asid = loadedAsid(cpu);
  const i = slotOf(key, asid);
  mem[tlb + PCID_TLB.key + i] = key;
  mem[tlb + PCID_TLB.tag + i] = asid;
  mem[tlb + PCID_TLB.trial + i] = cpu.taggedTrial;
  mem[tlb + PCID_TLB.pte + i] = pte;
}

/** Drops one translation of the loaded tag, as INVLPG does. */
export function pcidDrop(cpu: Cpu, key: number): void {
  if ((key | 0) !== key) checkWord('pcidDrop: key', key);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  const asid = loadedAsid(cpu);
  mem[tlb + PCID_TLB.flushes]++;
  const i = slotOf(key, asid);
  if (isEntry(cpu, i, key, asid)) mem[tlb + PCID_TLB.trial + i] = 0;
}

/** Drops all translations of the loaded tag, as a write of CR3 without CR3_NOFLUSH does. */
export function pcidFlush(cpu: Cpu): void {
  dropTag(cpu, loadedAsid(cpu));
}

function dropTag(cpu: Cpu, asid: number): void {
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_pcid_tlb);
  mem[tlb + PCID_TLB.flushes]++;
  for (let i = 0; i < ENTRIES; i++) if (mem[tlb + PCID_TLB.tag + i] === asid) mem[tlb + PCID_TLB.trial + i] = 0;
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
