/**
 * A guest domain, and its lock in the hypervisor. Declared by the race xen-pin, used on a CPU's thread by the other
 * files of this folder.
 */

import type { Cpu } from '../../machine/cpu.js';
import { IN_HYPERVISOR } from '../../machine/irq.js';
import { acquire, release } from '../../machine/lock.js';
import { PT_PAGE } from './ptPage.js';

/**
 * One guest domain of an instance: its lock in the hypervisor and its page-table pages, by frame number.
 * Page 0 is the top level.
 */
export interface Domain {
  /** Word offset of the domain lock in the instance. */
  readonly lock: number;
  /** Whether do_mmu_update() takes the lock as well, as in 2007. Without it the type of a page can change under its hands. */
  readonly bigLock: boolean;
  /** Word offset of the first PT_PAGE in the instance. */
  readonly pages: number;
  /**
   * The lock that the guest promises to hold while a PTE page is pinned or unpinned: the page's own, the one at this word
   * offset of the instance, or none.
   */
  readonly promisedLock: 'page' | number | null;
  /** Entries of a page-table page that are modelled. */
  readonly entries: number;
  /** Window that is open while a page is read-only and not yet validated. */
  readonly windowReadOnlyNotTyped: number;
  /** Window between the look at a page's type and the reference that is taken in it, in do_mmu_update() without the lock. */
  readonly windowTypeInFlux: number;
  /** Window that is open while a page is no longer validated and not yet writable. */
  readonly windowUntypedNotWritable: number;
}

/** Returns the number of words of a page-table page with `entries` entries. */
export function ptPageWords(entries: number): number {
  return PT_PAGE.entries + entries;
}

/** Returns the word index of the page-table page with frame number `frame`. */
export function ptPageOf(domain: Domain, instance: number, frame: number): number {
  return instance + domain.pages + frame * ptPageWords(domain.entries);
}

/**
 * Enters the hypervisor and takes the domain lock, as every hypercall and each entry of a multicall does by itself. Guest
 * events wait until the return.
 *
 * @kernel LOCK_BIGLOCK, xen/arch/x86/mm.c
 */
export function LOCK_BIGLOCK(cpu: Cpu, domain: Domain): void {
  cpu.mem[cpu.irqOff] |= IN_HYPERVISOR;
  acquire(cpu, cpu.instance + domain.lock);
}

/**
 * @kernel UNLOCK_BIGLOCK, xen/arch/x86/mm.c
 */
export function UNLOCK_BIGLOCK(cpu: Cpu, domain: Domain): void {
  release(cpu, cpu.instance + domain.lock);
  cpu.mem[cpu.irqOff] &= ~IN_HYPERVISOR;
}
