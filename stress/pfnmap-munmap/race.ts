/**
 * Does a thread use a frame of a driver, after the driver has taken it from all mappings that it can find?
 * Result: buggy Sometimes, merged fix Never
 *
 * Commits: b67fbebd4cf9 (5.19, CVE-2022-39188), for stable kernels 895428ee124a and its correction.
 * Race:    munmap() clears PTEs, takes the VMA off the list of the file's mappings, and flushes last. In between the driver finds no VMA, and
 *          uses its frame for something else, while TLBs still have it.
 * Fix:     flush before the VMA comes off the list.
 * Left out: mmap_lock, frames that fault in again, several processes.
 * Run:     npx racehammer run pfnmap-munmap
 * Words and first state: state.ts. Variants, knobs and the step labels M, D, U: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  flush_tlb_func,
  flush_tlb_page,
  freeOwned,
  joinVmMask,
  loadOwned,
  native_ptep_get_and_clear,
  pte_present,
} from '../../lib/sdk/mm.js';
import { ABOUT, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import { CPUS_MAX, STATE, VMA, configure, driversVma, reset, symbol, vmaOf, type Config } from './state.js';

const F_UNMAP_REGION = kernelFunction('unmap_region');
const F_UNLINK_FILE_VMA = kernelFunction('unlink_file_vma');
const F_UNMAP_MAPPING_RANGE = kernelFunction('unmap_mapping_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');

/** CPU 0: a thread of the process removes the VMAs. */
function munmap(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_UNMAP_REGION);
  tlb_gather_mmu(cpu, at);
  step(cpu, S.M1);
  for (let i = 0; i < c.vmas; i++) zap_pte_range(cpu, vmaOf(at, i));
  raceWindow(cpu, W.W_ZAPPED);
  step(cpu, S.M2);
  if (c.flushesFirst) flush(cpu, at); // [fix flush-before-unlink +]
  endWindow(cpu, W.W_ZAPPED);
  unlink_file_vma(cpu, at, c);
  raceWindow(cpu, W.W_UNLINKED);
  step(cpu, S.M4);
  if (c.flushesLast) flush(cpu, at); // tlb_finish_mmu()
  endWindow(cpu, W.W_UNLINKED);
  atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, -1);
  leave(cpu);
}

function unlink_file_vma(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_UNLINK_FILE_VMA);
  step(cpu, S.M3);
  spin_lock(cpu, at + STATE.i_mmap_lock);
  WRITE_ONCE(cpu, driversVma(at, c) + VMA.listed, 0);
  spin_unlock(cpu, at + STATE.i_mmap_lock);
  leave(cpu);
}

/** From here on others see that PTEs may have changed and TLBs not. */
function tlb_gather_mmu(cpu: Cpu, at: number): void {
  atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, 1); // inc_tlb_flush_pending()
}

function zap_pte_range(cpu: Cpu, vma: number): boolean {
  enter(cpu, F_ZAP_PTE_RANGE);
  spin_lock(cpu, vma + VMA.ptl);
  const isMapped = pte_present(READ_ONCE(cpu, vma + VMA.pte));
  if (isMapped) native_ptep_get_and_clear(cpu, vma + VMA.pte);
  spin_unlock(cpu, vma + VMA.ptl);
  leave(cpu);
  return isMapped;
}

function flush(cpu: Cpu, at: number): void {
  flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi');
}

/** CPU 1: a thread uses the frame; the driver takes it back; the thread uses it again. */
function load_evict_load(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_load(cpu, at, c);
  raceWindow(cpu, W.W_USED);
  withinReach(cpu);
  unmap_mapping_range(cpu, at, c);
  step(cpu, S.D3);
  freeOwned(cpu, at + STATE.frame);
  outOfReach(cpu);
  step(cpu, S.U2);
  if (c.usesAgain) user_load(cpu, at, c);
  endWindow(cpu, W.W_USED);
}

/** Takes the driver's frame from all mappings that are listed. */
function unmap_mapping_range(cpu: Cpu, at: number, c: Config): void {
  const vma = driversVma(at, c);
  enter(cpu, F_UNMAP_MAPPING_RANGE);
  step(cpu, S.D1);
  if (c.evictLocks) spin_lock(cpu, at + STATE.i_mmap_lock);
  if (READ_ONCE(cpu, vma + VMA.listed) !== 0) {
    tlb_gather_mmu(cpu, at);
    const isMapped = zap_pte_range(cpu, vma);
    step(cpu, S.D2);
    const isNested = c.countsPending && READ_ONCE(cpu, at + STATE.tlb_flush_pending) > 1; // mm_tlb_flush_nested()
    if (isMapped || isNested) flush(cpu, at);
    atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, -1);
  }
  if (c.evictLocks) spin_unlock(cpu, at + STATE.i_mmap_lock);
  leave(cpu);
}

/** The other CPUs: threads that use the frame. */
function load(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_load(cpu, at, c);
  step(cpu, S.U2);
  if (c.usesAgain) user_load(cpu, at, c);
}

function user_load(cpu: Cpu, at: number, c: Config): void {
  loadOwned(cpu, driversVma(at, c) + VMA.pte, at + STATE.frame);
}

function role(cpu: number): { actor: string; comm: string } {
  if (cpu === 0) return { actor: 'munmap', comm: 'worker' };
  return cpu === 1 ? { actor: 'load_evict_load', comm: 'evict' } : { actor: 'load', comm: 'worker' };
}

export default defineRace({
  ...ABOUT,
  interrupts: [flush_tlb_func],
  cpus: { min: 2, max: CPUS_MAX, default: 2 },
  phases: { munmap: { min: 0, max: 100 }, load: { min: 0, max: 1000 } },
  delays: { W_ZAPPED: { min: 0, max: 50 }, W_UNLINKED: { min: 500, max: 1500 }, W_USED: { min: 0, max: 400 } },
  configure,
  instanceWords: () => STATE.WORDS,
  reset,
  symbol,
  mutants: MUTANTS,
  actors: { munmap, load_evict_load, load },
  role,
});
