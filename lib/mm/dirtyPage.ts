/**
 * The dirty flag of a page: where the dirty bits of its entries go, and where it is given up. Called on a CPU's thread by races that have
 * the flags of a page in a word of their instances.
 */

import { atomic_fetch_and, atomic_fetch_or, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { checkPassedOn, passDirtyOn } from './takenDirty.js';

/**
 * Sets the bits `dirty` in the word `flags` of a page: the dirty bit of the entry that this CPU has taken out has arrived.
 *
 * @kernel set_page_dirty, mm/page-writeback.c
 */
export function set_page_dirty(cpu: Cpu, flags: number, dirty: number): void {
  if ((dirty | 0) !== dirty) checkWord('set_page_dirty: dirty', dirty);
  atomic_fetch_or(cpu, flags, dirty);
  passDirtyOn(cpu);
}

/**
 * Clears the bits `dirty`, since the page is about to be written back. A dirty bit that this CPU has taken out of an entry must have
 * arrived (I20): otherwise a page that only its entry calls dirty counts as clean, and is not written.
 *
 * @kernel TestClearPageDirty in clear_page_dirty_for_io, mm/page-writeback.c
 */
export function clearPageDirty(cpu: Cpu, flags: number, dirty: number): void {
  if ((dirty | 0) !== dirty) checkWord('clearPageDirty: dirty', dirty);
  checkPassedOn(cpu, 'I20: a page is cleaned, and the dirty bit of its entry has not reached it');
  atomic_fetch_and(cpu, flags, ~dirty);
}

/**
 * Says that the mapping is gone whose entry this CPU has taken out: its dirty bit must have arrived (I20). Where a race counts mappings,
 * `page_remove_file_rmap` does.
 */
export function mappingIsGone(cpu: Cpu): void {
  checkPassedOn(
    cpu,
    'I20: a mapping is given up, and the dirty bit of its entry has reached neither the page nor another entry',
  );
}
