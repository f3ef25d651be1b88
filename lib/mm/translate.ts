/** How the hardware finds a page: TLB, then page table. Called on a CPU's thread by races, for the accesses of a process. */

import { READ_ONCE, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { tlbFill, tlbLookup } from './tlb.js';

/**
 * Returns the translation of the page whose PTE is the word `entry`, from the TLB or by a walk, or 0 if the access faults. The
 * entry must have the bits `needs`; a walk sets the bits `sets` in it (accessed, dirty).
 *
 * The instruction that uses it takes no interrupt in between: mask them around both. A flush by the hypervisor needs none, so what
 * was used for sure is what `tlbLookup` finds behind the access as well.
 */
export function translate(cpu: Cpu, entry: number, needs: number, sets: number): number {
  const all = needs | sets;
  const cached = tlbLookup(cpu, entry);
  return (cached & all) === all ? cached : walk(cpu, entry, needs, sets);
}

function walk(cpu: Cpu, entry: number, needs: number, sets: number): number {
  for (;;) {
    const pte = READ_ONCE(cpu, entry);
    if ((pte & needs) !== needs) return 0;
    if ((pte & sets) !== sets && cmpxchg(cpu, entry, pte, pte | sets) !== pte) continue;
    tlbFill(cpu, entry, pte | sets);
    return pte | sets;
  }
}
