/**
 * Who has a page: one word of it. Called on a CPU's thread by races in which a page is freed while TLBs may still translate to it.
 *
 * A translation in use is found where the page is freed, if its race notes which TLBs have cached the page; in any race where it is used.
 * An access by a translation reaches the page in the instruction that looks it up, so the word is read in the same instruction, and
 * what was in the TLB behind that was there before (userAccess.ts).
 */

import { READ_ONCE, WRITE_ONCE, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { CPUS_MAX } from '../machine/layout.js';
import { WORD, struct, words } from '../sharedarraybuffer-utils/index.js';
import { userLoad } from './userAccess.js';
import { isCachedBy, tlbLookup } from './tlb.js';

/** Signature of an access through a translation that has outlived its page, or what allowed it. */
export const STALE_ACCESS = 'stale-access';

/** The page belongs to those who map it. */
export const PAGE_OWNED = 1;
/** It has been given back, and may be anybody's. */
const PAGE_FREED = 2;

/** Whose a page is, and for each CPU whether a walk of it has cached the page in this trial (`noteCached`). */
export const OWNED_PAGE = struct({ owner: WORD, translated: words(CPUS_MAX) });

/** Makes a page, an OWNED_PAGE, that of those who map it. Called by `reset` of a race. */
export function resetOwned(mem: Int32Array, page: number): void {
  mem.fill(0, page, page + OWNED_PAGE.WORDS);
  mem[page + OWNED_PAGE.owner] = PAGE_OWNED;
}

/**
 * Gives a page back, an OWNED_PAGE, behind the flush of all that have mapped it: no TLB may have a translation of it (I17), whether or not
 * anybody uses it. For TLBs without tags, of which the page goes by flushes of all of it alone: where a tag that is not loaded keeps it,
 * or single pages are dropped, it may be there and harmless.
 */
export function freeOwned(cpu: Cpu, page: number): void {
  const translated = page + OWNED_PAGE.translated;
  for (let c = 0; c < cpu.cpus; c++) {
    if (READ_ONCE(cpu, translated + c) !== 0 && isCachedBy(cpu, c))
      fail(cpu, STALE_ACCESS, 'I17: a page is freed of which a TLB has a translation', translated + c, c);
  }
  freePage(cpu, page + OWNED_PAGE.owner);
}

/** Gives the page back: no translation of it may be left, in any TLB (I17). */
export function freePage(cpu: Cpu, owner: number): void {
  WRITE_ONCE(cpu, owner, PAGE_FREED);
}

/** Checks an access through a translation that is in the TLB behind it: `found` is what the access has read of the owner. */
export function checkOwned(cpu: Cpu, owner: number, found: number): void {
  if ((owner | 0) !== owner) checkWord('checkOwned: owner', owner);
  if (found !== PAGE_OWNED)
    fail(cpu, STALE_ACCESS, 'I17: an access through a translation of a page that was freed', owner, found);
}

/** Makes a load of a process from a page, an OWNED_PAGE; returns false if it faults. */
export function loadOwned(cpu: Cpu, entry: number, page: number): boolean {
  return userLoad(cpu, entry, retireOwned, page + OWNED_PAGE.owner, page + OWNED_PAGE.translated);
}

function retireOwned(cpu: Cpu, owner: number, entry: number): void {
  const found = READ_ONCE(cpu, owner);
  if (found !== PAGE_OWNED && tlbLookup(cpu, entry) !== 0) checkOwned(cpu, owner, found);
}
