/** How a process reaches its memory: TLB, then page table, in one instruction of the hardware. Called on a CPU's thread by races. */

import { READ_ONCE, checkWord, cmpxchg } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { local_irq_restore, local_irq_save } from '../kernel/irqflags.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW } from './pgtable.js';
import { tlbFill, tlbLookup } from './tlb.js';

/**
 * What the access does with the page, once it is translated: `entry` is the word of its PTE, `pte` the translation that is used, `at` what
 * the caller passed. A translation that `tlbLookup(cpu, entry)` still finds behind what is read here was in the TLB when it was read.
 */
export type Retire = (cpu: Cpu, at: number, entry: number, pte: number) => void;

/**
 * Makes a load of a process from the page whose PTE is the word `entry`; returns false if it faults. `page`, if any: the OWNED_PAGE to
 * which the PTE leads, which is freed by `freeOwned`.
 */
export function userLoad(cpu: Cpu, entry: number, retire: Retire, at: number, page = 0): boolean {
  return access(cpu, entry, _PAGE_PRESENT, _PAGE_ACCESSED, retire, at, page);
}

/** Makes a store of a process to the page whose PTE is the word `entry`, in the same way. */
export function userStore(cpu: Cpu, entry: number, retire: Retire, at: number, page = 0): boolean {
  return access(cpu, entry, _PAGE_PRESENT | _PAGE_RW, _PAGE_ACCESSED | _PAGE_DIRTY, retire, at, page);
}

/** Translates, and does what the access does. No interrupt comes inside an instruction of the hardware; a flush by the hypervisor may. */
function access(
  cpu: Cpu,
  entry: number,
  needs: number,
  sets: number,
  retire: Retire,
  at: number,
  page: number,
): boolean {
  const flags = local_irq_save(cpu);
  const pte = translate(cpu, entry, needs, sets, page);
  if (pte !== 0) retire(cpu, at, entry, pte);
  local_irq_restore(cpu, flags);
  return pte !== 0;
}

/**
 * Returns the translation of the page whose PTE is the word `entry`, from the TLB or by a walk, or 0 if the access faults. The
 * entry must have the bits `needs`; a walk sets the bits `sets` in it (accessed, dirty). `page` as in `tlbFill`.
 */
export function translate(cpu: Cpu, entry: number, needs: number, sets: number, page = 0): number {
  if ((needs | 0) !== needs) checkWord('translate: needs', needs);
  if ((sets | 0) !== sets) checkWord('translate: sets', sets);
  if ((page | 0) !== page) checkWord('translate: page', page);
  const all = needs | sets;
  const cached = tlbLookup(cpu, entry);
  return (cached & all) === all ? cached : walk(cpu, entry, needs, sets, page);
}

function walk(cpu: Cpu, entry: number, needs: number, sets: number, page: number): number {
  for (;;) {
    const pte = READ_ONCE(cpu, entry);
    if ((pte & needs) !== needs) return 0;
    if ((pte & sets) !== sets && cmpxchg(cpu, entry, pte, pte | sets) !== pte) continue;
    tlbFill(cpu, entry, pte | sets, page);
    return pte | sets;
  }
}
