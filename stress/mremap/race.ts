/**
 * Does a thread use a page through its old address, after mremap() has moved it and somebody else has freed it?
 * Result: buggy Sometimes, merged fix Never
 *
 * Commits: eb66ae030829 (4.19, CVE-2018-18281) and 97113eb39fa7 (5.14).
 * Race:    mremap() moves a PTE and flushes the old address later. Truncate finds the page at the new address, flushes that, and frees it.
 * Fix:     flush before either lock is dropped; where a whole page table moves, hold the rmap lock as well.
 * Left out: mmap_lock, PUDs, several pages. The rmap lock is a spinlock.
 * Run:     npx racehammer run mremap
 * Words and first state: state.ts. The hardware and truncate: walkers.ts. Variants, knobs and the step labels M, T, U: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_lock_nested,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  flushTlbFuncPage,
  flush_tlb_range,
  native_ptep_get_and_clear,
  native_set_pte_at,
  pte_present,
} from '../../lib/sdk/mm.js';
import { ABOUT, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import { CPUS, NEW, OLD, STATE, TABLE, configure, reset, symbol, type Config } from './state.js';
import { ADDRESS, unmap_mapping_range, user_load } from './walkers.js';

const F_MOVE_PTES = kernelFunction('move_ptes');
const F_MOVE_NORMAL_PMD = kernelFunction('move_normal_pmd');

/** Loads of the new address behind the first one: a flush of the old address cuts the delay before one of them short. */
const LOADS = 2;

/** CPU 0: a thread moves the mapping, and uses its new address. */
function mremap_load(cpu: Cpu, at: number, c: Config): void {
  if (c.move === 'pte') move_ptes(cpu, at, c);
  else move_normal_pmd(cpu, at, c);
  step(cpu, S.U1);
  user_load(cpu, at, NEW);
  step(cpu, S.U2);
  for (let i = 0; i < LOADS && c.usesAgain; i++) {
    READ_ONCE(cpu, at + STATE.pmd + NEW); // any other instruction: an interrupt is taken here
    raceWindow(cpu, W.W_USED);
    user_load(cpu, at, NEW);
    endWindow(cpu, W.W_USED);
  }
}

function move_ptes(cpu: Cpu, at: number, c: Config): void {
  const [from, to] = [at + STATE.table, at + STATE.table + TABLE.WORDS];
  enter(cpu, F_MOVE_PTES);
  step(cpu, S.M1);
  spin_lock(cpu, from + TABLE.ptl);
  spin_lock_nested(cpu, to + TABLE.ptl, 1); // SINGLE_DEPTH_NESTING
  const pte = READ_ONCE(cpu, from + TABLE.pte);
  if (pte_present(pte)) native_set_pte_at(cpu, to + TABLE.pte, moved(cpu, from));
  step(cpu, S.M3);
  if (c.flush === 'both') flush(cpu, at); // [fix flush-locked +]
  spin_unlock(cpu, to + TABLE.ptl);
  if (c.flush === 'old') flush(cpu, at); // [fix flush-old-lock +]
  spin_unlock(cpu, from + TABLE.ptl);
  if (c.flush === 'none') flush(cpu, at); // [fix flush-locked -] in move_page_tables(), when all PTEs have moved
  leave(cpu);
}

function moved(cpu: Cpu, from: number): number {
  const pte = native_ptep_get_and_clear(cpu, from + TABLE.pte); // ptep_get_and_clear()
  step(cpu, S.M2);
  return pte;
}

function move_normal_pmd(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_MOVE_NORMAL_PMD);
  step(cpu, S.M1);
  if (c.takesRmapLock) spin_lock(cpu, at + STATE.rmap_lock); // [fix rmap-locked +]
  spin_lock(cpu, at + STATE.pmd_lock);
  const table = READ_ONCE(cpu, at + STATE.pmd + OLD);
  WRITE_ONCE(cpu, at + STATE.pmd + OLD, 0);
  step(cpu, S.M2);
  WRITE_ONCE(cpu, at + STATE.pmd + NEW, table);
  step(cpu, S.M3);
  if (c.flushesPmd) flush(cpu, at);
  spin_unlock(cpu, at + STATE.pmd_lock);
  if (c.takesRmapLock) spin_unlock(cpu, at + STATE.rmap_lock); // [fix rmap-locked +]
  leave(cpu);
}

/** Flushes the old address. An interrupt cuts a delay short, so the delay in front of it is made of two. */
function flush(cpu: Cpu, at: number): void {
  step(cpu, S.M4);
  withinReach(cpu);
  raceWindow(cpu, W.W_MOVED);
  READ_ONCE(cpu, at + STATE.pmd + OLD); // the loop over PTEs goes on
  raceWindow(cpu, W.W_MOVED);
  flush_tlb_range(cpu, at + STATE.flush_info, at + STATE.cpu_vm_mask, ADDRESS[OLD]);
  endWindow(cpu, W.W_MOVED);
  outOfReach(cpu);
}

/** CPU 1: a thread uses the old address, truncates the file, and uses it again. */
function load_truncate_load(cpu: Cpu, at: number, c: Config): void {
  step(cpu, S.U1);
  user_load(cpu, at, OLD);
  unmap_mapping_range(cpu, at, c);
  step(cpu, S.U2);
  if (c.usesAgain) user_load(cpu, at, OLD);
}

export default defineRace({
  ...ABOUT,
  interrupts: [flushTlbFuncPage],
  cpus: { min: CPUS, max: CPUS, default: CPUS },
  phases: { mremap_load: { min: 0, max: 50 } },
  delays: {
    W_MOVED: { min: 1000, max: 2000 },
    W_WALKED: { min: 0, max: 150 },
    W_LOCKED: { min: 0, max: 400 },
    W_USED: { min: 0, max: 300 },
  },
  configure,
  instanceWords: () => STATE.WORDS,
  reset,
  symbol,
  mutants: MUTANTS,
  actors: { mremap_load, load_truncate_load },
  role: (cpu) =>
    cpu === 0 ? { actor: 'mremap_load', comm: 'mover' } : { actor: 'load_truncate_load', comm: 'truncate' },
});
