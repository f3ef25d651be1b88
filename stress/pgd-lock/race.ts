/**
 * Can vmalloc_sync_all() and a TLB flush wait for each other for ever?   Result: buggy Sometimes, merged fix Never
 *
 * Mail:  L. Woodman and A. Arcangeli, February 2011, on "x86: hold mm->page_table_lock while doing vmalloc_sync".
 * Race:  a CPU sends flush IPIs and waits for their acknowledgements with page_table_lock held. vmalloc_sync_all() spins
 *        on that lock under pgd_lock, with interrupts off, so it never acknowledges: both hang, and no oops tells.
 * Fix:   a79e53d85683 "x86/mm: Fix pgd_lock deadlock": pgd_lock is taken with interrupts on.
 * Asked in the mail: who takes pgd_lock in an interrupt (irq), VM_BUG_ON(in_interrupt()), and what helps then.
 * Left out: the loop over addresses, pageattr, memory hot-add, several pages.
 * Run:   npx racehammer run pgd-lock
 * Words and first state: state.ts. Locks and interrupts: interrupts.ts. Variants, knobs and the step labels C, V, P, D, U: about.ts.
 */
import {
  RaceFault,
  BUG,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_and,
  atomic_fetch_or,
  cpumask_of,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  preempt_disable,
  preempt_enable,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import { BRLOCK_CPUS_MAX } from '../../lib/sdk/locking.js';
import {
  FLUSH_STATE,
  MM_TLB,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_RW,
  flushOrLeave,
  native_flush_tlb_others,
  clearPageDirty,
  mappingIsGone,
  native_ptep_get_and_clear,
  native_set_pte_at,
  set_page_dirty,
  pte_present,
  pte_young,
  smp_invalidate_interrupt,
  xen_flush_tlb_others,
} from '../../lib/sdk/mm.js';
import { ABOUT, BUG_PGD_MISMATCH, S, W } from './about.js';
import { lockPgdList, pgd_free_irq, process_one_work, raiseInterrupt, unlockPgdList } from './interrupts.js';
import { MUTANTS } from './mutants.js';
import { runsProcess, store, user_load } from './process.js';
import { pgdLockReport } from './report.js';
import { MM, PG_dirty, PG_writeback, STATE, configure, mmOf, mmTlb, reset, symbol, type Config } from './state.js';

const F_PAGE_REFERENCED = kernelFunction('page_referenced');
const F_PAGE_REFERENCED_ONE = kernelFunction('page_referenced_one');
const F_PMDP_CLEAR_FLUSH_YOUNG = kernelFunction('pmdp_clear_flush_young');
const F_PTEP_CLEAR_FLUSH_YOUNG = kernelFunction('ptep_clear_flush_young');
const F_TRY_TO_UNMAP = kernelFunction('try_to_unmap');
const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_CLEAR_PAGE_DIRTY_FOR_IO = kernelFunction('clear_page_dirty_for_io');
const F_PAGE_MKCLEAN_ONE = kernelFunction('page_mkclean_one');
const F_FLUSH_TLB_PAGE = kernelFunction('flush_tlb_page');
const F_VMALLOC_SYNC_ALL = kernelFunction('vmalloc_sync_all');
const F_VMALLOC_SYNC_ONE = kernelFunction('vmalloc_sync_one');
const F_PGD_ALLOC = kernelFunction('pgd_alloc');
const F_SYS_MSYNC = kernelFunction('sys_msync');

/** CPU 0: reclaim asks whether the page was used since it asked last. */
function page_referenced(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_PAGE_REFERENCED);
  raiseInterrupt(cpu, at, c);
  step(cpu, S.C1);
  enter(cpu, F_PAGE_REFERENCED_ONE);
  withinReach(cpu);
  spin_lock(cpu, at + c.entryLock);
  enter(cpu, c.thp ? F_PMDP_CLEAR_FLUSH_YOUNG : F_PTEP_CLEAR_FLUSH_YOUNG);
  step(cpu, S.C2);
  const entry = READ_ONCE(cpu, at + c.entry);
  const young = pte_present(entry) && pte_young(entry);
  if (young) atomic_fetch_and(cpu, at + c.entry, ~_PAGE_ACCESSED);
  if (c.unlockFirst !== 'no') spin_unlock(cpu, at + c.entryLock); // [fix unlock-first +]
  if (young) flush_tlb_page(cpu, at, c);
  leave(cpu);
  step(cpu, S.C5);
  if (c.unlockFirst === 'no') spin_unlock(cpu, at + c.entryLock); // [fix unlock-first -]
  outOfReach(cpu);
  leave(cpu);
  leave(cpu);
}

/** CPU 0 of `op=unmap`: reclaim takes the PTE out, with the page locked. The young bit, which would stop it, is not looked at. */
function try_to_unmap(cpu: Cpu, at: number, c: Config): void {
  const early = c.unlockFirst === 'all';
  enter(cpu, F_TRY_TO_UNMAP);
  raiseInterrupt(cpu, at, c);
  spin_lock(cpu, at + STATE.page_lock);
  enter(cpu, F_TRY_TO_UNMAP_ONE);
  withinReach(cpu);
  step(cpu, S.C1);
  spin_lock(cpu, at + c.entryLock);
  step(cpu, S.C2);
  const pte = READ_ONCE(cpu, at + c.entry);
  const old = pte_present(pte) ? native_ptep_get_and_clear(cpu, at + c.entry) : 0; // ptep_clear_flush_notify()
  if (early) spin_unlock(cpu, at + c.entryLock); // [fix unlock-first-all +]
  if (pte_present(old)) flush_tlb_page(cpu, at, c);
  if ((old & _PAGE_DIRTY) !== 0 && c.passesDirty) set_page_dirty(cpu, at + STATE.page, PG_dirty);
  mappingIsGone(cpu); // page_remove_rmap()
  step(cpu, S.C5);
  if (!early) spin_unlock(cpu, at + c.entryLock); // [fix unlock-first-all -]
  outOfReach(cpu);
  leave(cpu);
  spin_unlock(cpu, at + STATE.page_lock);
  leave(cpu);
}

/**
 * CPU 0 of `op=zap`: munmap takes the PTE out and leaves it to the page to remember that it was written. Until 3.15 the flush
 * came behind the PTE lock, whatever the variant: nobody waits for an IPI here with a lock that others need.
 */
function zap_pte_range(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  raiseInterrupt(cpu, at, c);
  step(cpu, S.C1);
  spin_lock(cpu, at + c.entryLock);
  step(cpu, S.C2);
  const pte = READ_ONCE(cpu, at + c.entry);
  if (pte_present(pte)) {
    const old = native_ptep_get_and_clear(cpu, at + c.entry); // ptep_get_and_clear()
    if ((old & _PAGE_DIRTY) !== 0 && c.passesDirty) set_page_dirty(cpu, at + STATE.page, PG_dirty);
    mappingIsGone(cpu); // page_remove_rmap()
  }
  step(cpu, S.C5);
  spin_unlock(cpu, at + c.entryLock);
  raceWindow(cpu, W.W_UNLOCK_TO_FLUSH);
  if (pte_present(pte)) flush_tlb_page(cpu, at, c); // tlb_finish_mmu()
  endWindow(cpu, W.W_UNLOCK_TO_FLUSH);
  leave(cpu);
}

/** CPU 0 of `op=mkclean`: write-back cleans the page. */
function clear_page_dirty_for_io(cpu: Cpu, at: number, c: Config): void {
  raiseInterrupt(cpu, at, c);
  withinReach(cpu);
  clean_page(cpu, at, c);
  outOfReach(cpu);
}

/** clear_page_dirty_for_io() and set_page_writeback(): no store may go unnoticed from here on. */
function clean_page(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_CLEAR_PAGE_DIRTY_FOR_IO);
  spin_lock(cpu, at + STATE.page_lock);
  page_mkclean_one(cpu, at, c);
  atomic_fetch_or(cpu, at + STATE.page, PG_writeback);
  clearPageDirty(cpu, at + STATE.page, PG_dirty);
  spin_unlock(cpu, at + STATE.page_lock);
  leave(cpu);
}

/** The PTE becomes read-only and clean, so that the next store faults. Without a PTE there is nothing to do. */
function page_mkclean_one(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_PAGE_MKCLEAN_ONE);
  step(cpu, S.C1);
  spin_lock(cpu, at + c.entryLock);
  step(cpu, S.C2);
  const pte = READ_ONCE(cpu, at + c.entry);
  const writable = pte_present(pte) && (pte & (_PAGE_RW | _PAGE_DIRTY)) !== 0;
  if (writable) {
    const old = native_ptep_get_and_clear(cpu, at + c.entry); // ptep_get_and_clear(), then set_pte_at()
    native_set_pte_at(cpu, at + c.entry, old & ~(_PAGE_RW | _PAGE_DIRTY));
    if ((old & _PAGE_DIRTY) !== 0 && c.passesDirty) set_page_dirty(cpu, at + STATE.page, PG_dirty);
  }
  if (c.unlockFirst === 'all') spin_unlock(cpu, at + c.entryLock); // [fix unlock-first-all +]
  if (writable) flush_tlb_page(cpu, at, c);
  step(cpu, S.C5);
  if (c.unlockFirst !== 'all') spin_unlock(cpu, at + c.entryLock); // [fix unlock-first-all -]
  leave(cpu);
}

/** Flushes the page from all TLBs that may have it: the own one, then those of the other CPUs in mm_cpumask. */
function flush_tlb_page(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_FLUSH_TLB_PAGE);
  preempt_disable(cpu);
  step(cpu, S.C3);
  const mask = READ_ONCE(cpu, mmTlb(at) + MM_TLB.cpu_vm_mask);
  if ((mask & cpumask_of(cpu.id)) !== 0) flushOrLeave(cpu, mmTlb(at));
  if (c.flush === 'hypercall') xen_flush_tlb_others(cpu, mask);
  else {
    const f = at + c.flushStates + (cpu.id % c.vectors) * FLUSH_STATE.WORDS;
    native_flush_tlb_others(cpu, f, mmTlb(at), at + c.entry, mask, S.C4);
  }
  preempt_enable(cpu);
  leave(cpu);
}

/** Brings the kernel's entry for a vmalloc address into the page tables of all mms. */
function vmalloc_sync_all(cpu: Cpu, at: number, c: Config): void {
  if (c.sharedKernelPmd) return;
  enter(cpu, F_VMALLOC_SYNC_ALL);
  step(cpu, S.V1);
  const flags = lockPgdList(cpu, at, c, false);
  raceWindow(cpu, W.W_PGD_LOCK);
  step(cpu, S.V2);
  for (let mm = READ_ONCE(cpu, at + STATE.pgd_list); mm !== 0; mm = READ_ONCE(cpu, mm + MM.next)) {
    step(cpu, S.V3);
    spin_lock(cpu, mm + MM.page_table_lock); // 617d34d9: "the pgt_lock only for Xen"
    vmalloc_sync_one(cpu, at, mm);
    step(cpu, S.V5);
    spin_unlock(cpu, mm + MM.page_table_lock);
    step(cpu, S.V2);
  }
  endWindow(cpu, W.W_PGD_LOCK);
  step(cpu, S.V6);
  unlockPgdList(cpu, at, c, false, flags);
  leave(cpu);
  if (c.mmdropAsync) process_one_work(cpu, at, c);
}

function vmalloc_sync_one(cpu: Cpu, at: number, mm: number): void {
  enter(cpu, F_VMALLOC_SYNC_ONE);
  step(cpu, S.V4);
  const reference = READ_ONCE(cpu, at + STATE.init_pgd);
  const entry = READ_ONCE(cpu, mm + MM.pgd);
  if (entry === 0) WRITE_ONCE(cpu, mm + MM.pgd, reference);
  else if (entry !== reference)
    BUG(cpu, BUG_PGD_MISMATCH, "an mm's kernel entry is not init_mm's", mm, entry, reference);
  leave(cpu);
}

/** A new mm gets the kernel's entries and goes onto the list: pgd_ctor(). */
function pgd_alloc(cpu: Cpu, at: number, c: Config): void {
  const mm = mmOf(at, c.mms);
  enter(cpu, F_PGD_ALLOC);
  step(cpu, S.P1);
  const flags = lockPgdList(cpu, at, c, true);
  step(cpu, S.P2);
  if (READ_ONCE(cpu, mm + MM.listed) === 0) {
    WRITE_ONCE(cpu, mm + MM.pgd, READ_ONCE(cpu, at + STATE.init_pgd));
    WRITE_ONCE(cpu, mm + MM.next, READ_ONCE(cpu, at + STATE.pgd_list));
    WRITE_ONCE(cpu, at + STATE.pgd_list, mm);
    WRITE_ONCE(cpu, mm + MM.listed, 1);
  }
  step(cpu, S.P3);
  unlockPgdList(cpu, at, c, true, flags);
  leave(cpu);
}

/** A thread of the process stores to the page, has it written to disk, and stores again: that must fault, or be noticed. */
function store_msync_store(cpu: Cpu, at: number, c: Config): void {
  if (!runsProcess(cpu, c)) return;
  step(cpu, S.U1);
  if (!store(cpu, at, c)) return;
  withinReach(cpu);
  step(cpu, S.U2);
  enter(cpu, F_SYS_MSYNC);
  clean_page(cpu, at, c);
  leave(cpu);
  step(cpu, S.U3);
  store(cpu, at, c);
  outOfReach(cpu);
}

const RECLAIM = {
  young: 'page_referenced',
  unmap: 'try_to_unmap',
  zap: 'zap_pte_range',
  mkclean: 'clear_page_dirty_for_io',
} as const;
const RECLAIM_COMM = { young: 'kswapd0', unmap: 'kswapd0', zap: 'sh', mkclean: 'flush-8:0' } as const;

/** Three CPUs or more: the order of the first eight, again and again. */
function role(cpu: number, cpus: number, c: Config): { actor: string; comm: string } {
  if (c.pgdLock === 'rwlock' && cpus > BRLOCK_CPUS_MAX)
    throw new RaceFault(`race pgd-lock: variant rwlock can have ${BRLOCK_CPUS_MAX} CPUs at most, not ${cpus}`);
  const op = c.op as keyof typeof RECLAIM;
  if (cpu % 4 === 0) return { actor: RECLAIM[op], comm: RECLAIM_COMM[op] };
  if (c.peer === 'writer') return { actor: 'store_msync_store', comm: 'sh' };
  if (cpus === 2 || cpu % 8 === 2) return { actor: 'vmalloc_sync_all', comm: 'modprobe' };
  return cpu % 4 === 1 ? { actor: 'pgd_alloc', comm: 'make' } : { actor: 'user_load', comm: 'sh' };
}

export default defineRace({
  ...ABOUT,
  interrupts: [smp_invalidate_interrupt, pgd_free_irq],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: { W_PGD_LOCK: { min: 200, max: 800 }, W_UNLOCK_TO_FLUSH: { min: 500, max: 1500 } },
  actors: {
    page_referenced,
    try_to_unmap,
    zap_pte_range,
    clear_page_dirty_for_io,
    vmalloc_sync_all,
    pgd_alloc,
    user_load,
    store_msync_store,
  },
  configure,
  mutants: MUTANTS,
  instanceWords: (c) => c.words,
  reset,
  role,
  symbol,
  report: (snapshot) => pgdLockReport(snapshot, ABOUT.steps),
});
