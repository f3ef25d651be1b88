/** Those that walk page tables beside mremap(): the hardware, truncate and reclaim. Called by race.ts. */

import {
  READ_ONCE,
  endWindow,
  enter,
  kernelFunction,
  leave,
  local_irq_restore,
  local_irq_save,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  OWNED_PAGE,
  checkOwned,
  flush_tlb_range,
  freeOwned,
  native_ptep_get_and_clear,
  pte_present,
  tlbFill,
  tlbLookup,
} from '../../lib/sdk/mm.js';
import { S, W } from './about.js';
import { NEW, OLD, STATE, TABLE, type Config } from './state.js';

const F_UNMAP_MAPPING_RANGE = kernelFunction('unmap_mapping_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');

/** The virtual pages. */
export const ADDRESS = [0x7f001, 0x7f102] as const;

/**
 * Loads from the old or the new address. No interrupt comes inside an instruction of the hardware, so what is in the TLB behind the
 * load was there before it.
 */
export function user_load(cpu: Cpu, at: number, where: number): void {
  const flags = local_irq_save(cpu);
  if (tlbLookup(cpu, ADDRESS[where]) === 0) walk(cpu, at, where);
  else {
    const word = at + STATE.page + OWNED_PAGE.owner;
    checkOwned(cpu, word, READ_ONCE(cpu, word));
  }
  local_irq_restore(cpu, flags);
}

function walk(cpu: Cpu, at: number, where: number): void {
  const table = READ_ONCE(cpu, at + STATE.pmd + where);
  const pte = table === 0 ? 0 : READ_ONCE(cpu, at + table + TABLE.pte);
  if (pte_present(pte)) tlbFill(cpu, ADDRESS[where], pte, at + STATE.page);
}

/** Takes the page from all who map it, in the order of their addresses, and frees it if it was found. */
export function unmap_mapping_range(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_UNMAP_MAPPING_RANGE);
  step(cpu, S.T1);
  spin_lock(cpu, at + STATE.rmap_lock);
  const isFound = zap(cpu, at, OLD, c) || zap(cpu, at, NEW, c);
  spin_unlock(cpu, at + STATE.rmap_lock);
  step(cpu, S.T4);
  if (isFound) freeOwned(cpu, at + STATE.page);
  leave(cpu);
}

/** Takes the page from one address, and flushes that address; returns whether it was mapped there. */
function zap(cpu: Cpu, at: number, where: number, c: Config): boolean {
  enter(cpu, F_ZAP_PTE_RANGE);
  step(cpu, S.T2);
  const table = READ_ONCE(cpu, at + STATE.pmd + where);
  const isFound = table !== 0 && clear(cpu, at, where, table, c);
  step(cpu, S.T3);
  if (isFound) flush_tlb_range(cpu, at + STATE.flush_info, at + STATE.cpu_vm_mask, ADDRESS[where]); // tlb_finish_mmu()
  leave(cpu);
  return isFound;
}

function clear(cpu: Cpu, at: number, where: number, table: number, c: Config): boolean {
  raceWindow(cpu, W.W_WALKED);
  spin_lock(cpu, at + table + TABLE.ptl);
  const moved = c.rechecks && READ_ONCE(cpu, at + STATE.pmd + where) !== table;
  endWindow(cpu, W.W_WALKED);
  raceWindow(cpu, W.W_LOCKED); // an interrupt cuts a window short, so the flush of the move would close the first one
  const isFound = !moved && pte_present(READ_ONCE(cpu, at + table + TABLE.pte));
  if (isFound) native_ptep_get_and_clear(cpu, at + table + TABLE.pte);
  endWindow(cpu, W.W_LOCKED);
  spin_unlock(cpu, at + table + TABLE.ptl);
  return isFound;
}
