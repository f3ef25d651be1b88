/**
 * Checks that a PTE store keeps the dirty bit that the hardware set. Called on a CPU's thread by hypercall.ts and
 * ptep.ts.
 */

import type { Cpu } from '../../machine/cpu.js';
import { fail } from '../../machine/outcome.js';
import { _PAGE_DIRTY } from '../../mm/pgtable.js';

/** Signature of a PTE store that has overwritten a dirty bit of the hardware's. */
export const LOST_DIRTY = 'lost-dirty';

/**
 * Checks a store of a whole PTE: a dirty bit that the hardware set must survive (I20). `old` is what the store has
 * replaced, by one atomic operation; `seen` is what its author had read. A D that it has not seen, it cannot have
 * passed on to the page.
 */
export function checkDirty(cpu: Cpu, ptep: number, old: number, seen: number, pte: number): void {
  if ((old & ~seen & ~pte & _PAGE_DIRTY) !== 0)
    fail(cpu, LOST_DIRTY, 'a dirty bit set by the hardware was overwritten', ptep, old, pte);
}
