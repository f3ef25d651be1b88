/**
 * Is a store lost to a page that is copied while its write protection has not reached all TLBs?   Result: buggy Sometimes, merged fix Never
 *
 * Commit: 6ce64428d620 (5.12).
 * Race:   userfaultfd_writeprotect() clears the write bit and flushes later. A fault in between copies the page, while another CPU stores to it
 *         through its TLB.
 * Fix:    a fault flushes first if a flush is pending.
 * Left out: the protection itself, a second thread that protects, reference counts.
 * Run:    npx racehammer run uffd-wp
 * Words and first state: state.ts. Variants and the step labels P, F, U: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  endWindow,
  enter,
  fail,
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
  _PAGE_RW,
  flush_tlb_func,
  flush_tlb_page,
  joinVmMask,
  native_ptep_get_and_clear,
  native_set_pte_at,
  pte_pfn,
  ptep_set_wrprotect,
  userStore,
} from '../../lib/sdk/mm.js';
import { ABOUT, LOST_WRITE, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import { COPY_PTE, PTE, STATE, configure, init, type Config } from './state.js';

const F_CHANGE_PTE_RANGE = kernelFunction('change_pte_range');
const F_DO_WP_PAGE = kernelFunction('do_wp_page');
const F_WP_PAGE_COPY = kernelFunction('wp_page_copy');

/**
 * CPU 0: a thread stores; another one unprotects memory, which takes the write bit from what was not protected, and is preempted before it
 * flushes; the first one stores again. Both have the same mm, so no switch between them flushes anything.
 */
function store_unprotect_store(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_store(cpu, at);
  enter(cpu, F_CHANGE_PTE_RANGE);
  step(cpu, S.P1);
  if (!c.raisesLate) atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, 1);
  spin_lock(cpu, at + STATE.ptl);
  ptep_set_wrprotect(cpu, at + STATE.pte);
  if (c.flushesLocked) flush(cpu, at); // [fix flush-locked +]
  spin_unlock(cpu, at + STATE.ptl);
  if (c.raisesLate) atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, 1);
  leave(cpu);
  raceWindow(cpu, W.W_DEFERRED);
  step(cpu, S.U2);
  user_store(cpu, at);
  endWindow(cpu, W.W_DEFERRED);
  step(cpu, S.P2);
  if (!c.flushesLocked) flush(cpu, at); // [fix flush-locked -]
  atomic_fetch_add(cpu, at + STATE.tlb_flush_pending, -1);
}

function flush(cpu: Cpu, at: number): void {
  flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi');
}

/** CPU 1: a thread that stores, and handles the fault if there is one. */
function store_or_fault(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.F1);
  if (user_store(cpu, at)) return;
  do_wp_page(cpu, at, c);
  user_store(cpu, at);
}

function do_wp_page(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_DO_WP_PAGE);
  spin_lock(cpu, at + STATE.ptl);
  const pte = READ_ONCE(cpu, at + STATE.pte);
  if (c.looksAtPending && READ_ONCE(cpu, at + STATE.tlb_flush_pending) > 0) flush(cpu, at); // [fix pending +]
  spin_unlock(cpu, at + STATE.ptl);
  wp_page_copy(cpu, at, pte, c);
  leave(cpu);
}

function wp_page_copy(cpu: Cpu, at: number, pte: number, c: Config): void {
  enter(cpu, F_WP_PAGE_COPY);
  step(cpu, S.F2);
  if (!c.copiesLate) copy(cpu, at); // [fix copy-late -]
  raceWindow(cpu, W.W_COPIED);
  withinReach(cpu);
  spin_lock(cpu, at + STATE.ptl);
  const isSame = READ_ONCE(cpu, at + STATE.pte) === pte;
  step(cpu, S.F3);
  if (isSame) {
    native_ptep_get_and_clear(cpu, at + STATE.pte); // ptep_clear_flush_notify()
    if (c.flushesCopied) flush(cpu, at);
    if (c.copiesLate) copy(cpu, at); // [fix copy-late +]
    step(cpu, S.F4);
    native_set_pte_at(cpu, at + STATE.pte, COPY_PTE);
  }
  spin_unlock(cpu, at + STATE.ptl);
  endWindow(cpu, W.W_COPIED);
  outOfReach(cpu);
  leave(cpu);
}

/** cow_user_page() */
function copy(cpu: Cpu, at: number): void {
  WRITE_ONCE(cpu, at + STATE.content + 1, READ_ONCE(cpu, at + STATE.content));
}

/** The other CPUs: threads that store. */
function store(cpu: Cpu, at: number): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_store(cpu, at);
  step(cpu, S.U2);
  user_store(cpu, at);
}

function user_store(cpu: Cpu, at: number): boolean {
  return userStore(cpu, at + STATE.pte, retireStore, at);
}

function retireStore(cpu: Cpu, at: number, _entry: number, pte: number): void {
  atomic_fetch_add(cpu, at + STATE.content + (pte_pfn(pte) - pte_pfn(PTE)), 1);
  atomic_fetch_add(cpu, at + STATE.stores, 1);
}

/** Fails a trial whose mapped page does not have all stores. */
function check(cpu: Cpu, at: number): void {
  const pfn = pte_pfn(READ_ONCE(cpu, at + STATE.pte)) - pte_pfn(PTE);
  const content = READ_ONCE(cpu, at + STATE.content + pfn);
  const stores = READ_ONCE(cpu, at + STATE.stores);
  if (content !== stores)
    fail(cpu, LOST_WRITE, 'a store went to the page while it was copied', at + STATE.content, content, stores);
}

function role(cpu: number): { actor: string; comm: string } {
  if (cpu === 0) return { actor: 'store_unprotect_store', comm: 'monitor' };
  return cpu === 1 ? { actor: 'store_or_fault', comm: 'worker' } : { actor: 'store', comm: 'worker' };
}

export default defineRace({
  ...ABOUT,
  interrupts: [flush_tlb_func],
  cpus: { min: 2, default: 2 },
  phases: { store_or_fault: { min: 0, max: 400 } },
  delays: {
    W_DEFERRED: { min: 0, max: 400 },
    W_COPIED: { min: 0, max: 400 },
  },
  configure,
  state: STATE,
  init,
  mutants: MUTANTS,
  check,
  actors: { store_unprotect_store, store_or_fault, store },
  role,
});
