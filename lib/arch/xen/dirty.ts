import type { Cpu } from '../../machine/cpu.js';
import { fail } from '../../machine/verdict.js';
import { _PAGE_DIRTY } from '../../mm/pgtable.js';

/** Signature of a PTE store that has overwritten a dirty bit of the hardware's. */
export const LOST_DIRTY = 'lost-dirty';

/**
 * Every store of a whole PTE is looked at here: a dirty bit that the hardware set must survive (I20). `old` is what the store has
 * replaced, by one atomic operation; `seen` is what its author had read. A D that he has not seen, he cannot have handed on
 * to the page.
 */
export function checkDirty(cpu: Cpu, ptep: number, old: number, seen: number, pte: number): void {
  if ((old & ~seen & ~pte & _PAGE_DIRTY) !== 0)
    fail(cpu, LOST_DIRTY, 'a dirty bit set by the hardware was overwritten', ptep, old, pte);
}
