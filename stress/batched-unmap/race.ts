/**
 * Does a thread use a page behind mprotect() or munmap(), because reclaim has not flushed it yet?   Result: buggy Sometimes, counter Never
 *
 * Commits: 3ea277194daa (4.13) and 5ee2fa2f0636 (5.17).
 * Race:    reclaim clears PTEs, drops their locks and flushes later, once for all. A system call that finds a cleared PTE has nothing to
 *          change and flushes nothing, so it returns while TLBs still have the page.
 * Fix:     a flag in the mm says that a flush is due, which is flushed first; then counts instead of the flag, which could be lost.
 * Left out: write-back, mremap(), madvise(), the overflow of the counts.
 * Run:     npx racehammer run batched-unmap
 * Words and first state: state.ts. The process: process.ts. Variants, knobs and the step labels R, P, U: about.ts.
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
import { flush_tlb_func, flush_tlb_page, freeOwned, joinVmMask, pte_present, replaceEntry } from '../../lib/sdk/mm.js';
import { ABOUT, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import { system_call, user_store } from './process.js';
import {
  CPUS_MAX,
  PAGE,
  STATE,
  SWAP_ENTRY,
  configure,
  owedPageOf,
  pageOf,
  reset,
  symbol,
  type Config,
} from './state.js';

const F_SHRINK_PAGE_LIST = kernelFunction('shrink_page_list');
const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');
const F_TRY_TO_UNMAP_FLUSH = kernelFunction('try_to_unmap_flush');

/** CPU 0: reclaim takes pages from the process. */
function shrink_page_list(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_SHRINK_PAGE_LIST);
  const isUnmapped = try_to_unmap_one(cpu, at, pageOf(at), c);
  if (isUnmapped && !c.freesLast) freeOwned(cpu, at + STATE.frame);
  raceWindow(cpu, W.W_BATCHED);
  step(cpu, S.R3);
  if (c.isBatched) {
    enter(cpu, F_TRY_TO_UNMAP_FLUSH);
    flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi'); // arch_tlbbatch_flush()
    leave(cpu);
  }
  endWindow(cpu, W.W_BATCHED);
  step(cpu, S.R4);
  if (isUnmapped && c.freesLast) freeOwned(cpu, at + STATE.frame);
  leave(cpu);
}

/** Returns whether the page was mapped. If not, munmap() was faster: it has a reference to the page until it has flushed. */
function try_to_unmap_one(cpu: Cpu, at: number, page: number, c: Config): boolean {
  enter(cpu, F_TRY_TO_UNMAP_ONE);
  step(cpu, S.R1);
  spin_lock(cpu, page + PAGE.ptl);
  const isMapped = pte_present(READ_ONCE(cpu, page + PAGE.pte));
  if (isMapped) {
    replaceEntry(cpu, page + PAGE.pte, SWAP_ENTRY); // ptep_get_and_clear(), then set_pte_at()
    step(cpu, S.R2);
    if (c.isBatched) set_tlb_ubc_flush_pending(cpu, at, c);
    else flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi'); // ptep_clear_flush()
  }
  spin_unlock(cpu, page + PAGE.ptl);
  leave(cpu);
  return isMapped;
}

function set_tlb_ubc_flush_pending(cpu: Cpu, at: number, c: Config): void {
  if (c.isCounted) atomic_fetch_add(cpu, at + STATE.tlb_flush_batched, 1);
  else WRITE_ONCE(cpu, at + STATE.tlb_flush_batched, 1);
}

/** CPU 1: a thread that uses the page, gives up a right to it, and uses it again. */
function store_call_store(cpu: Cpu, at: number, c: Config): void {
  const page = pageOf(at);
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_store(cpu, at);
  withinReach(cpu);
  if (c.owed) system_call(cpu, at, owedPageOf(at), c);
  system_call(cpu, at, page, c);
  outOfReach(cpu);
  step(cpu, S.U2);
  if (c.usesAgain) user_store(cpu, at);
}

/** The other CPUs: threads that use the page. */
function store(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_store(cpu, at);
  raceWindow(cpu, W.W_STORED);
  step(cpu, S.U2);
  if (c.usesAgain) user_store(cpu, at);
  endWindow(cpu, W.W_STORED);
}

function role(cpu: number): { actor: string; comm: string } {
  if (cpu === 0) return { actor: 'shrink_page_list', comm: 'kswapd0' };
  return { actor: cpu === 1 ? 'store_call_store' : 'store', comm: 'worker' };
}

export default defineRace({
  ...ABOUT,
  interrupts: [flush_tlb_func],
  cpus: { min: 2, max: CPUS_MAX, default: 2 },
  phases: { shrink_page_list: { min: 0, max: 1000 }, store: { min: 0, max: 2000 } },
  delays: { W_BATCHED: { min: 0, max: 400 }, W_FLUSHED: { min: 0, max: 800 }, W_STORED: { min: 0, max: 1000 } },
  configure,
  instanceWords: () => STATE.WORDS,
  reset,
  symbol,
  mutants: MUTANTS,
  actors: { shrink_page_list, store_call_store, store },
  role,
});
