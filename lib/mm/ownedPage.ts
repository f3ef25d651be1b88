/**
 * The words of a page that is freed while TLBs may translate to it: who has it, and which TLB entries lead to it. Called on a CPU's thread
 * by the TLBs of this folder and by pageOwner.ts; races have these words in their instances.
 */

import { WRITE_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { CPUS_MAX } from '../machine/layout.js';
import { irqs_disabled } from '../kernel/irqflags.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';

/** Signature of an access through a translation that has outlived its page, or what allowed it. */
export const STALE_ACCESS = 'stale-access';

/** The page belongs to those who map it. */
export const PAGE_OWNED = 1;
/** It has been given back, and may be anybody's. */
export const PAGE_FREED = 2;

/**
 * Whose a page is, and from `translated` on for each CPU a word with the entries of its TLB that lead to the page: a bit for each place in
 * the TLB. A CPU writes its own word alone, where it fills an entry, drops it, or puts another in its place; so others see what is in its TLB.
 */
export const OWNED_PAGE = struct({ owner: WORD, translated: WORD });

/** Returns the words that a page takes in an instance of a race that has up to so many CPUs. */
export function ownedPageWords(cpus: number): number {
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > CPUS_MAX)
    throw new RangeError(`an OWNED_PAGE has words for 1 to ${CPUS_MAX} CPUs, not ${String(cpus)}`);
  return OWNED_PAGE.translated + cpus;
}

/** Makes a page that of those who map it. Called by `reset` of a race. */
export function resetOwned(mem: Int32Array, page: number, cpus: number): void {
  mem[page + OWNED_PAGE.owner] = PAGE_OWNED;
  mem.fill(0, page + OWNED_PAGE.translated, page + ownedPageWords(cpus));
}

/** Returns the name of a word of a page, by its offset, for reports. */
export function ownedPageName(offset: number): string {
  return offset === OWNED_PAGE.owner ? 'owner' : `translated[${offset - OWNED_PAGE.translated}]`;
}

/** Notes which entries of the running CPU's TLB lead to a page. Interrupts are off: an entry that one drops would be noted again. */
export function noteEntries(cpu: Cpu, page: number, places: number): void {
  if (!irqs_disabled(cpu)) throw new Error('an entry of an OWNED_PAGE is filled or dropped with interrupts off alone');
  WRITE_ONCE(cpu, page + OWNED_PAGE.translated + cpu.id, places);
}

/** Returns the number of a place in a TLB, which is given as a bit. */
export function bitOf(place: number): number {
  return 31 - Math.clz32(place);
}
