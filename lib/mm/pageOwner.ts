/**
 * Where a page is freed, and what must hold then. Called on a CPU's thread by races in which a page is freed while TLBs may still translate
 * to it, which free it in no other way (test/tidy/entries.ts).
 *
 * A translation in use is found where the page is freed, whether or not anybody uses it, and where a tag is loaded that has kept it; behind
 * that where it is used. An access by a translation reaches the page in the instruction that looks it up, so the word is read in the same
 * instruction, and what was in the TLB behind that was there before (userAccess.ts).
 */

import { READ_ONCE, WRITE_ONCE, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { isTagUsable } from './keptTags.js';
import { OWNED_PAGE, PAGE_FREED, PAGE_OWNED, STALE_ACCESS } from './ownedPage.js';
import { isTagged, tagAt } from './pcidTlb.js';
import { isEntryAlive, tlbLookup } from './tlb.js';
import { userLoad } from './userAccess.js';

/**
 * Gives a page back, an OWNED_PAGE, behind the flush of all that have mapped it: no CPU may have a translation of it in its TLB that it can
 * use (I17), whether or not anybody does. `tlb` and `mm`: the state of TLBs with tags, and the MM_CONTEXT that has mapped the page.
 */
export function freeOwned(cpu: Cpu, page: number, tlb = 0, mm = 0): void {
  if ((tlb | 0) !== tlb) checkWord('freeOwned: tlb', tlb);
  if ((mm | 0) !== mm) checkWord('freeOwned: mm', mm);
  // In front of the looks: a CPU that loads a tag looks at this behind the load.
  WRITE_ONCE(cpu, page + OWNED_PAGE.owner, PAGE_FREED);
  for (let c = 0; c < cpu.cpus; c++) {
    const noted = page + OWNED_PAGE.translated + c;
    for (let places = READ_ONCE(cpu, noted); places !== 0; places &= places - 1) {
      const place = places & -places;
      // What is noted behind the look was in the TLB at it.
      if (isUsable(cpu, place, c, tlb, mm) && (READ_ONCE(cpu, noted) & place) !== 0)
        fail(cpu, STALE_ACCESS, 'I17: a page is freed of which a TLB has a translation', noted, c);
    }
  }
}

/** Whether CPU `other` can use the entry that it has noted at `place`, a bit. */
function isUsable(cpu: Cpu, place: number, other: number, tlb: number, mm: number): boolean {
  if (!isTagged(place)) return isEntryAlive(cpu, other, place);
  if (tlb === 0 || mm === 0) throw new Error('freeOwned: a TLB with tags has the page, so tlb and mm must be given');
  return isTagUsable(cpu, tlb, mm, other, tagAt(cpu, other, place));
}

/** Checks an access through a translation that is in the TLB behind it: `found` is what the access has read of the owner. */
export function checkOwned(cpu: Cpu, owner: number, found: number): void {
  if ((owner | 0) !== owner) checkWord('checkOwned: owner', owner);
  if (found !== PAGE_OWNED)
    fail(cpu, STALE_ACCESS, 'I17: an access through a translation of a page that was freed', owner, found);
}

/** Makes a load of a process from a page, an OWNED_PAGE; returns false if it faults. */
export function loadOwned(cpu: Cpu, entry: number, page: number): boolean {
  return userLoad(cpu, entry, retireOwned, page + OWNED_PAGE.owner, page);
}

function retireOwned(cpu: Cpu, owner: number, entry: number): void {
  const found = READ_ONCE(cpu, owner);
  if (found !== PAGE_OWNED && tlbLookup(cpu, entry) !== 0) checkOwned(cpu, owner, found);
}
