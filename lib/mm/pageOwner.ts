/**
 * Who has a page: one word of it. Called on a CPU's thread by races in which a page is freed while TLBs may still translate to it.
 *
 * An access by a translation reaches the page in the instruction that looks it up, so the word is read in the same instruction, and
 * what was in the TLB behind that was there before (userAccess.ts).
 */

import { READ_ONCE, WRITE_ONCE } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { userLoad } from './userAccess.js';
import { tlbLookup } from './tlb.js';

/** Signature of an access through a translation that has outlived its page, or what allowed it. */
export const STALE_ACCESS = 'stale-access';

/** The page belongs to those who map it. */
export const PAGE_OWNED = 1;
/** It has been given back, and may be anybody's. */
const PAGE_FREED = 2;

/** Gives the page back: no translation of it may be left, in any TLB (I17). */
export function freePage(cpu: Cpu, owner: number): void {
  WRITE_ONCE(cpu, owner, PAGE_FREED);
}

/** Checks an access through a translation that is in the TLB behind it: `found` is what the access has read of the owner. */
export function checkOwned(cpu: Cpu, owner: number, found: number): void {
  if (found !== PAGE_OWNED)
    fail(cpu, STALE_ACCESS, 'I17: an access through a translation of a page that was freed', owner, found);
}

/** Makes a load of a process from a page whose owner is the word `owner`; returns false if it faults. */
export function loadOwned(cpu: Cpu, entry: number, owner: number): boolean {
  return userLoad(cpu, entry, retireOwned, owner);
}

function retireOwned(cpu: Cpu, owner: number, entry: number): void {
  const found = READ_ONCE(cpu, owner);
  if (found !== PAGE_OWNED && tlbLookup(cpu, entry) !== 0) checkOwned(cpu, owner, found);
}
