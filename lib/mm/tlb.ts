/**
 * The TLB of a CPU. Called on a CPU's thread by races, lib/arch and the flushes of this folder.
 *
 * A CPU's TLB: eight direct-mapped entries. `generation` is changed by every CPU that flushes this TLB; entries of an
 * older generation are dead. The entries belong to the CPU alone. They also carry the trial, so that nothing survives
 * into the next use of an instance.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { local_irq_restore, local_irq_save } from '../kernel/irqflags.js';
import { DEFINE_PER_CPU, ownWords, per_cpu_ptr } from '../kernel/percpu.js';
import { LINE, WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { bitOf, noteEntries } from './ownedPage.js';

export const TLB_ENTRIES = 8;
const TLB = struct({
  generation: LINE,
  key: words(TLB_ENTRIES),
  stamp: words(TLB_ENTRIES),
  trial: words(TLB_ENTRIES),
  pte: words(TLB_ENTRIES),
  /** The OWNED_PAGE to which the entry leads, if the race has one; 0 for none. */
  page: words(TLB_ENTRIES),
  walk: WORD,
});
const cpu_tlb = DEFINE_PER_CPU('cpu_tlb', TLB.WORDS);

/**
 * Returns the cached translation of `key` (any word that names a virtual page, a word index in most races), or 0. A
 * miss remembers the generation, for the `tlbFill` that follows the page walk.
 */
export function tlbLookup(cpu: Cpu, key: number): number {
  if ((key | 0) !== key) checkWord('tlbLookup: key', key);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_tlb);
  const generation = currentGeneration(cpu, tlb);
  const i = slotOf(key);
  mem[tlb + TLB.walk] = generation;
  const hit =
    mem[tlb + TLB.key + i] === key &&
    mem[tlb + TLB.stamp + i] === generation &&
    mem[tlb + TLB.trial + i] === cpu.taggedTrial;
  return hit ? mem[tlb + TLB.pte + i] : 0;
}

/**
 * Caches what a page walk found. A flush since the lookup makes the entry dead at once. `page`, if any: the OWNED_PAGE to which it leads,
 * with interrupts off from the lookup to here; who frees that page sees the entry (pageOwner.ts).
 */
export function tlbFill(cpu: Cpu, key: number, pte: number, page = 0): void {
  if ((key | 0) !== key) checkWord('tlbFill: key', key);
  if ((pte | 0) !== pte) checkWord('tlbFill: pte', pte);
  if ((page | 0) !== page) checkWord('tlbFill: page', page);
  const { mem } = cpu;
  const tlb = ownWords(cpu, cpu_tlb);
  const i = slotOf(key);
  const displaced = pageOf(cpu, tlb, i);
  mem[tlb + TLB.key + i] = key;
  mem[tlb + TLB.trial + i] = cpu.taggedTrial;
  mem[tlb + TLB.pte + i] = pte;
  mem[tlb + TLB.page + i] = page;
  if (displaced !== 0 && displaced !== page) note(cpu, tlb, displaced);
  if (page === 0) mem[tlb + TLB.stamp + i] = mem[tlb + TLB.walk];
  else {
    WRITE_ONCE(cpu, tlb + TLB.stamp + i, mem[tlb + TLB.walk]);
    note(cpu, tlb, page);
  }
}

/** Returns the OWNED_PAGE to which entry `i` leads, dead by a flush or not; 0 for none. */
function pageOf(cpu: Cpu, tlb: number, i: number): number {
  return cpu.mem[tlb + TLB.trial + i] === cpu.taggedTrial ? cpu.mem[tlb + TLB.page + i] : 0;
}

/** Notes for others which entries lead to a page. Those that a flush has made dead are among them: their stamps say so. */
function note(cpu: Cpu, tlb: number, page: number): void {
  let places = 0;
  for (let i = 0; i < TLB_ENTRIES; i++) if (pageOf(cpu, tlb, i) === page) places |= 1 << i;
  noteEntries(cpu, page, places);
}

/**
 * Returns whether the entry of CPU `target` at `place`, a bit, is alive: its TLB was not flushed since. Not in a search whose loops tick
 * clocks.
 */
export function isEntryAlive(cpu: Cpu, target: number, place: number): boolean {
  if (cpu.explored?.hasClocks === true) throw new Error('a race with loops cannot look at the TLBs of others');
  const tlb = per_cpu_ptr(cpu, cpu_tlb, target);
  return READ_ONCE(cpu, tlb + TLB.stamp + bitOf(place)) === READ_ONCE(cpu, tlb + TLB.generation);
}

/** Drops one own translation. */
export function tlbDrop(cpu: Cpu, key: number): void {
  if ((key | 0) !== key) checkWord('tlbDrop: key', key);
  const tlb = ownWords(cpu, cpu_tlb);
  const i = slotOf(key);
  if (cpu.mem[tlb + TLB.key + i] !== key) return;
  const page = pageOf(cpu, tlb, i);
  cpu.mem[tlb + TLB.trial + i] = 0;
  if (page === 0) return;
  const flags = local_irq_save(cpu); // one instruction of the hardware
  note(cpu, tlb, page);
  local_irq_restore(cpu, flags);
}

/** Flushes the whole TLB of CPU `target`, the own one or another's, as its hardware or hypervisor would. */
export function tlbFlushCpu(cpu: Cpu, target: number): void {
  const generation = per_cpu_ptr(cpu, cpu_tlb, target) + TLB.generation;
  if (cpu.explored?.hasClocks === true) cpu.explored.tick(generation);
  else atomic_fetch_add(cpu, generation, 1);
}

/** Reads the generation. In a search whose loops would count it without an end, a newer one empties the TLB at once, and is 0 again. */
function currentGeneration(cpu: Cpu, tlb: number): number {
  if (cpu.explored?.hasClocks !== true) return READ_ONCE(cpu, tlb + TLB.generation);
  if (cpu.explored.hasTicked(tlb + TLB.generation)) cpu.mem.fill(0, tlb + TLB.key, tlb + TLB.pte + TLB_ENTRIES);
  return 0;
}

/** Tables of a race stand at regular distances, so the low bits alone would put them all into one slot. */
function slotOf(key: number): number {
  return (key ^ (key >> 3)) & (TLB_ENTRIES - 1);
}
