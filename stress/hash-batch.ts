/**
 * Can the ppc64 hash table hold two entries of one page?            Result: buggy Sometimes, merged fix Never
 *
 * Mail:  B. Herrenschmidt, February 2007 (2.6.20): invalidations are batched past the PTE lock.
 * Race:  zap_pte_range() clears a PTE under its lock and queues the invalidation of its hash table entry; the queue is
 *        flushed by tlb_finish_mmu(), long after the lock is gone. A fault in between sets a new PTE, which says that no
 *        entry exists: the insert does not look for one, and a second entry of the page is made.
 * Fix:   a741e679 "Make tlb flush batch use lazy MMU mode": a batch lives only between enter and leave of lazy MMU mode,
 *        and generic code leaves it before it drops the PTE lock.
 * Left out: mmap_sem, freeing of page tables, large pages, more than one address space, R and C set by the hardware.
 * Run:   npx racehammer run hash-batch
 * Words and first state: hash-batch.state.ts. Variants, knobs and the step labels Z, A: hash-batch.about.ts.
 */
import {
  BATCH_PENDING,
  BUG,
  FREED_FRAME,
  NOT_ALLOWED,
  PPC_PAGE,
  READ_ONCE,
  WRITE_ONCE,
  auditUnhashed,
  defineRace,
  dropTlbBatch,
  duplicateFlagged,
  duplicateSlot,
  endWindow,
  enter,
  fail,
  flush_tlb_pending,
  forgetDuplicate,
  frameOf,
  hash_page,
  hash_preload,
  hpte_need_flush,
  hpte_update,
  kernelFunction,
  isDuplicated,
  leave,
  makePpcPte,
  mayBeHashed,
  mftb,
  outOfReach,
  ppc64EnterLazyMmuMode as arch_enter_lazy_mmu_mode,
  ppc64LeaveLazyMmuMode as arch_leave_lazy_mmu_mode,
  ppc64PreemptSchedule as preempt_schedule,
  hptePermits,
  ppc64Report,
  preempt_disable,
  preempt_enable,
  pte_update,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  tlbBatchPending,
  tlbDrop,
  tlbLookup,
  htabTranslate,
  withinReach,
  yieldCpu,
  type Cpu,
  type MultiHit,
} from '../lib/sdk.js';
import { ABOUT, DUPLICATE_HPTE, REFAULT_LIVELOCK, S, STALE_ACCESS } from './hash-batch.about.js';
import {
  MM,
  PAGE,
  W,
  configure,
  newFrame,
  oldFrame,
  pageOfFrame,
  pteOf,
  pte_lockptr,
  reset,
  symbol,
  vpnOfPage,
  type Config,
} from './hash-batch.state.js';

/** Faults of one access that were answered in vain before it counts as a livelock. */
const REFAULTS_MAX = 4;
/** Looks of a thread for a task that is being preempted. */
const YIELDS = 32;
const DRAWN: readonly MultiHit[] = ['machine-check', 'weaker', 'weaker-load'];

const F_UNMAP_MAPPING_RANGE = kernelFunction('unmap_mapping_range');
const F_UNMAP_KERNEL_RANGE = kernelFunction('unmap_kernel_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_TLB_FINISH_MMU = kernelFunction('tlb_finish_mmu');
const F_VFS_READ = kernelFunction('vfs_read');
const F_VFS_WRITE = kernelFunction('vfs_write');
const F_COPY_TOFROM_USER = kernelFunction('__copy_tofrom_user');
const F_DO_PAGE_FAULT = kernelFunction('do_page_fault');
const F_HANDLE_MM_FAULT = kernelFunction('handle_mm_fault');

/** CPU 0: unmaps a range of the file from every address space that maps it. Preemption is off from gather to finish. */
function unmap_mapping_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_UNMAP_MAPPING_RANGE);
  spin_lock(cpu, mm + MM.i_mmap_lock);
  preempt_disable(cpu); // tlb_gather_mmu()
  for (let i = 0; i < c.ptePages; i++) zap_pte_range(cpu, mm, c, i);
  tlb_finish_mmu(cpu, mm, c);
  preempt_enable(cpu);
  spin_unlock(cpu, mm + MM.i_mmap_lock);
  leave(cpu);
}

/** CPU 0 of lazy-preempt: a range of the kernel's own, which has no PTE lock to take. */
function unmap_kernel_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_UNMAP_KERNEL_RANGE);
  for (let i = 0; i < c.ptePages; i++) zap_pte_range(cpu, mm, c, i);
  tlb_finish_mmu(cpu, mm, c);
  leave(cpu);
}

/** Takes the PTE of one PTE page out. Z4, the rest of the PTE page, is not modelled; there a task can be preempted. */
function zap_pte_range(cpu: Cpu, mm: number, c: Config, i: number): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.Z1);
  if (!c.preempt) spin_lock(cpu, ptl);
  if (c.lazyMmu) enter_lazy(cpu, c); // [fix a741e679 +]
  step(cpu, S.Z2);
  const old = pte_update(cpu, pteOf(mm, i), ~0);
  step(cpu, S.Z3);
  const hashed = mayBeHashed(old);
  if (hashed) queue(cpu, mm, c, i, old);
  step(cpu, S.Z4);
  if (c.preempt) preempt_schedule(cpu, c.table, c.switchFlushes);
  if (c.flushBeforeUnlock) flush_tlb_pending(cpu, c.table); // [fix mail +]
  if (c.lazyMmu && !c.leaveAfterUnlock) leave_lazy(cpu, c); // [fix a741e679 +]
  if (hashed) endWindow(cpu, W.W_CLEARED_LOCKED);
  if (c.promises) checkPromises(cpu, mm, c, i);
  step(cpu, S.Z5);
  if (!c.preempt) spin_unlock(cpu, ptl);
  if (c.freeAtUnlock) free_page(cpu, mm, c, i);
  if (tlbBatchPending(cpu) > 0) raceWindow(cpu, W.W_CLEARED_UNLOCKED);
  step(cpu, S.Z6);
  if (c.leaveAfterUnlock) {
    leave_lazy(cpu, c);
    if (hashed) endWindow(cpu, W.W_CLEARED_UNLOCKED);
  }
  leave(cpu);
}

function queue(cpu: Cpu, mm: number, c: Config, i: number, old: number): void {
  if (c.lazyMmu)
    hpte_need_flush(cpu, c.table, mm, vpnOfPage(i), old); // [fix a741e679 +]
  else hpte_update(cpu, c.table, mm, vpnOfPage(i), old); // [fix a741e679 -]
  raceWindow(cpu, W.W_CLEARED_LOCKED);
}

function enter_lazy(cpu: Cpu, c: Config): void {
  if (c.lazyDisablesPreemption) preempt_disable(cpu); // [fix b9ef323e +]
  arch_enter_lazy_mmu_mode(cpu);
}

function leave_lazy(cpu: Cpu, c: Config): void {
  arch_leave_lazy_mmu_mode(cpu, c.table);
  if (c.lazyDisablesPreemption) preempt_enable(cpu); // [fix b9ef323e +]
}

/** What the fixes promise of the moment when the PTE lock goes. */
function checkPromises(cpu: Cpu, mm: number, c: Config, i: number): void {
  const pending = tlbBatchPending(cpu);
  if (pending !== 0) BUG(cpu, BATCH_PENDING, 'I6: the PTE lock is dropped with a TLB batch pending', cpu.id, pending);
  const pte = READ_ONCE(cpu, pteOf(mm, i));
  if (!mayBeHashed(pte)) auditUnhashed(cpu, c.table, vpnOfPage(i), pte);
}

/** Flushes what is pending; only then do the pages that the gather has kept go back. */
function tlb_finish_mmu(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_TLB_FINISH_MMU);
  step(cpu, S.Z7);
  if (tlbBatchPending(cpu) > 0) {
    flush_tlb_pending(cpu, c.table);
    endWindow(cpu, W.W_CLEARED_UNLOCKED);
  }
  if (!c.freeAtUnlock) for (let i = 0; i < c.ptePages; i++) free_page(cpu, mm, c, i);
  leave(cpu);
}

function free_page(cpu: Cpu, mm: number, c: Config, i: number): void {
  WRITE_ONCE(cpu, pageOfFrame(mm, c, oldFrame(i)) + PAGE.count, 0);
}

/** The other CPUs: threads of the address space, in read() into the mapping, or in write() from it. */
function copy_tofrom_user(cpu: Cpu, mm: number, c: Config): void {
  step(cpu, c.warmTlb ? S.A0 : S.A1);
  enter(cpu, c.write ? F_VFS_READ : F_VFS_WRITE);
  enter(cpu, F_COPY_TOFROM_USER);
  forgetDuplicate(cpu);
  const i = c.preempt ? c.ptePages : (cpu.id - 1) % c.ptePages;
  const onMultiHit = c.onDuplicate ?? DRAWN[mftb(cpu) % DRAWN.length];
  if (c.preempt) for (let n = 0; n < YIELDS && !yieldCpu(cpu); n++);
  if (!c.warmTlb || touch(cpu, mm, c, i, onMultiHit)) useThePage(cpu, mm, c, i, onMultiHit);
  leave(cpu);
  leave(cpu);
}

/** A1 to A6; then a duplicate that this CPU has made and no walk has met is reported (I9). */
function useThePage(cpu: Cpu, mm: number, c: Config, i: number, onMultiHit: MultiHit): void {
  withinReach(cpu);
  step(cpu, S.A1);
  const done = access(cpu, mm, c, i, c.write ? PPC_PAGE.RW : 0, onMultiHit);
  if (done && c.write && onMultiHit === 'weaker-load') readBack(cpu, mm, c, i);
  outOfReach(cpu);
  if (!done || !duplicateFlagged(cpu)) return;
  const message = 'I9: a second hash table entry of a page was inserted';
  fail(cpu, DUPLICATE_HPTE, message, vpnOfPage(i), duplicateSlot(cpu, true), duplicateSlot(cpu, false));
}

/** The thread has used the page before: its TLB has the translation. */
function touch(cpu: Cpu, mm: number, c: Config, i: number, onMultiHit: MultiHit): boolean {
  step(cpu, S.A0);
  const done = access(cpu, mm, c, i, 0, onMultiHit);
  raceWindow(cpu, W.W_TOUCHED);
  endWindow(cpu, W.W_TOUCHED);
  return done;
}

/** One load or store, with all the faults it takes. Returns whether it was done; false after a failure. */
function access(cpu: Cpu, mm: number, c: Config, i: number, rights: number, onMultiHit: MultiHit): boolean {
  const ptep = pteOf(mm, i);
  let faults = 0;
  while (faults <= REFAULTS_MAX || !isDuplicated(cpu, c.table, vpnOfPage(i))) {
    const r = htabTranslate(cpu, c.table, ptep, vpnOfPage(i), rights, onMultiHit);
    if (r === 0 || !hptePermits(r, rights)) {
      tlbDrop(cpu, ptep); // a translation that denied the access is searched for again when the access is retried
      if (fault(cpu, mm, c, i, rights)) faults++;
      continue;
    }
    const page = pageOfFrame(mm, c, frameOf(r));
    if (READ_ONCE(cpu, page + PAGE.count) !== 0) {
      if (rights === 0) READ_ONCE(cpu, page + PAGE.content);
      else WRITE_ONCE(cpu, page + PAGE.content, cpu.id + 1);
      return true;
    }
    // The access could have been under way when the translation was taken back; it must be gone by now.
    if (tlbLookup(cpu, ptep) === r) {
      fail(cpu, FREED_FRAME, 'I17: an access went to a page that has been freed', vpnOfPage(i), r, frameOf(r), rights);
      return false;
    }
  }
  const message = 'the access faults again and again: the hardware uses the older of two entries';
  fail(cpu, REFAULT_LIVELOCK, message, vpnOfPage(i), faults);
  return false;
}

/** A2: the hash table is refilled from the PTE, or the kernel asked for a page. Returns whether the PTE had the rights. */
function fault(cpu: Cpu, mm: number, c: Config, i: number, rights: number): boolean {
  step(cpu, S.A2);
  if (hash_page(cpu, c.table, pteOf(mm, i), vpnOfPage(i), rights) !== NOT_ALLOWED) return true;
  enter(cpu, F_DO_PAGE_FAULT);
  handle_mm_fault(cpu, mm, c, i, rights);
  leave(cpu);
  step(cpu, S.A5);
  return false;
}

/** A page is put in where there is none; the PTE that is set has no HASHPTE. Another thread may have been faster. */
function handle_mm_fault(cpu: Cpu, mm: number, c: Config, i: number, rights: number): void {
  enter(cpu, F_HANDLE_MM_FAULT);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.A3);
  spin_lock(cpu, ptl);
  if (READ_ONCE(cpu, pteOf(mm, i)) === 0) {
    const flags = PPC_PAGE.PRESENT | PPC_PAGE.USER | PPC_PAGE.RW | PPC_PAGE.ACCESSED;
    WRITE_ONCE(cpu, pageOfFrame(mm, c, newFrame(i)) + PAGE.count, 1);
    WRITE_ONCE(cpu, pteOf(mm, i), makePpcPte(newFrame(i), rights === 0 ? flags : flags | PPC_PAGE.DIRTY));
    step(cpu, S.A4);
    hash_preload(cpu, c.table, pteOf(mm, i), vpnOfPage(i)); // update_mmu_cache()
  }
  step(cpu, S.A5);
  spin_unlock(cpu, ptl);
  leave(cpu);
}

/** The thread loads what it has stored, once its translation has been displaced: the hardware searches the table again. */
function readBack(cpu: Cpu, mm: number, c: Config, i: number): void {
  step(cpu, S.A6);
  tlbDrop(cpu, pteOf(mm, i));
  const r = htabTranslate(cpu, c.table, pteOf(mm, i), vpnOfPage(i), 0, 'weaker-load');
  if (r === 0 || !duplicateFlagged(cpu) || frameOf(r) !== oldFrame(i)) return;
  const message = 'a load went to the page that was unmapped, not to the one that was stored to';
  fail(cpu, STALE_ACCESS, message, vpnOfPage(i), r, oldFrame(i), newFrame(i));
}

function role(cpu: number, c: Config): { actor: string; comm: string } {
  if (cpu > 0) return { actor: 'copy_tofrom_user', comm: 'cat' };
  return c.preempt
    ? { actor: 'unmap_kernel_range', comm: 'rmmod' }
    : { actor: 'unmap_mapping_range', comm: 'truncate' };
}

export default defineRace<Config>({
  ...ABOUT,
  interrupts: [],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: { W_CLEARED_UNLOCKED: { min: 1000, max: 2000 }, W_TOUCHED: { min: 200, max: 600 } },
  actors: { unmap_mapping_range, unmap_kernel_range, copy_tofrom_user },
  configure,
  instanceWords: (c) => c.words,
  reset,
  role: (cpu, _cpus, c) => role(cpu, c),
  recover: (cpu) => {
    dropTlbBatch(cpu);
    forgetDuplicate(cpu);
  },
  symbol,
  report: (snapshot, c) => ppc64Report(snapshot, c.table, ABOUT.steps),
});
