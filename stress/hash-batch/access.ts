/** The other CPUs of hash-batch: loads and stores of a process, the faults that they take, and what the kernel does then. */
import {
  READ_ONCE,
  WRITE_ONCE,
  allowPreemption,
  beginRetries,
  chanceBelow,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  nextTry,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import { tlbDrop, tlbLookup } from '../../lib/sdk/mm.js';
import {
  FREED_FRAME,
  NOT_ALLOWED,
  PPC_PAGE,
  dropTlbBatch,
  duplicateFlagged,
  duplicateSlot,
  forgetDuplicate,
  frameOf,
  hash_page,
  hash_preload,
  hptePermits,
  htabTranslate,
  isDuplicated,
  makePpcPte,
  spinWhileSet,
  yieldCpu,
  type MultiHit,
} from '../../lib/sdk/ppc64.js';
import { S, W } from './about.js';
import { makeDirty, preloadElsewhere, refillElsewhere, translateElsewhere } from './otherMmus.js';
import { ptep_clear_flush, set_pte_at } from './ptes.js';
import { DUPLICATE_HPTE, REFAULT_LIVELOCK, STALE_ACCESS, STALE_RIGHTS } from './signatures.js';
import {
  PAGE,
  mmap_sem,
  newFrame,
  oldFrame,
  pageOfFrame,
  doneFlag,
  pteOf,
  pte_lockptr,
  vpnOfPage,
  type Config,
} from './state.js';

/** Faults of one access that were answered without effect before it counts as a livelock. */
const REFAULTS_MAX = 4;
const DRAWN: readonly MultiHit[] = ['machine-check', 'weaker', 'weaker-load'];
/** How a fault was answered: the hash table has an entry; the PTE was changed, or might have been; the process gets a signal. */
const FOUND = 1;
const PAGED_IN = 2;
const SIGSEGV = 3;

const F_VFS_READ = kernelFunction('vfs_read');
const F_VFS_WRITE = kernelFunction('vfs_write');
const F_COPY_TOFROM_USER = kernelFunction('__copy_tofrom_user');
const F_DO_PAGE_FAULT = kernelFunction('do_page_fault');
const F_HANDLE_MM_FAULT = kernelFunction('handle_mm_fault');
const F_DO_WP_PAGE = kernelFunction('do_wp_page');

/** The other CPUs: threads of the address space, in read() into the mapping, or in write() from it. */
export function copy_tofrom_user(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, c.write ? F_VFS_READ : F_VFS_WRITE);
  if (c.kernel) {
    dropTlbBatch(cpu);
    allowPreemption(cpu, c.contextSwitch, 0, 0);
    yieldCpu(cpu);
  }
  copy(cpu, mm, c, c.kernel ? c.ptePages : (cpu.id - 1) % c.ptePages);
  leave(cpu);
}

/** CPU 0 of op=kernel, when it is done: its process stores to its own page `i`, as any thread does. */
export function returnToUser(cpu: Cpu, mm: number, c: Config, i: number): void {
  copy(cpu, mm, c, i);
}

/** __copy_tofrom_user() to or from page `i`. */
function copy(cpu: Cpu, mm: number, c: Config, i: number): void {
  step(cpu, c.warmTlb ? S.A0 : S.A1);
  enter(cpu, F_COPY_TOFROM_USER);
  forgetDuplicate(cpu);
  const onMultiHit = c.onDuplicate ?? DRAWN[chanceBelow(cpu, DRAWN.length)];
  const touched = !c.warmTlb || touch(cpu, mm, c, i, onMultiHit);
  if (c.hasSem || c.rmap) {
    raceWindow(cpu, W.W_BEFORE_STORE);
    endWindow(cpu, W.W_BEFORE_STORE);
  }
  if (touched) useThePage(cpu, mm, c, i, onMultiHit);
  leave(cpu);
}

/** A1 to A6; then a duplicate that this CPU has made and no walk has met is reported (I9). */
function useThePage(cpu: Cpu, mm: number, c: Config, i: number, onMultiHit: MultiHit): void {
  withinReach(cpu);
  step(cpu, S.A1);
  const rights = c.write ? PPC_PAGE.RW : 0;
  const done =
    access(cpu, mm, c, i, rights, onMultiHit) || (c.mremap && access(cpu, mm, c, i + c.ptePages, rights, onMultiHit)); // the page has a new address
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

/** Makes one load or store, with all the faults it takes. Returns whether it was done; false after a failure, or a SIGSEGV. */
function access(cpu: Cpu, mm: number, c: Config, i: number, rights: number, onMultiHit: MultiHit): boolean {
  const ptep = pteOf(mm, i);
  const tries = beginRetries(cpu);
  let faults = 0;
  for (;;) {
    nextTry(cpu, tries, faults);
    if (faults > REFAULTS_MAX && isDuplicated(cpu, c.table, vpnOfPage(i))) break;
    const forbidden = isTakenAway(cpu, mm, c, i, rights);
    const r =
      c.mmu === 'hash'
        ? htabTranslate(cpu, c.table, ptep, vpnOfPage(i), rights, onMultiHit)
        : translateElsewhere(cpu, mm, c, i);
    if (r === 0 || !hptePermits(r, rights)) {
      if (c.mmu === 'hash') tlbDrop(cpu, ptep); // a translation that denied the access is searched for again when the access is retried
      const answer = fault(cpu, mm, c, i, rights);
      if (answer === SIGSEGV) return false;
      if (answer === FOUND && faults <= REFAULTS_MAX) faults++;
      continue;
    }
    const page = pageOfFrame(mm, c, frameOf(r));
    if (READ_ONCE(cpu, page + PAGE.count) !== 0) {
      if (rights === 0) READ_ONCE(cpu, page + PAGE.content);
      else WRITE_ONCE(cpu, page + PAGE.content, cpu.id + 1);
      if (forbidden && !(c.fork && frameOf(r) !== oldFrame(i))) failForbidden(cpu, c, i, r);
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

/** Whether CPU 0 has come back from its flush, and has taken away what the access needs: rights, or the address. */
function isTakenAway(cpu: Cpu, mm: number, c: Config, i: number, rights: number): boolean {
  if (!c.hasSem) return false;
  const takes = c.mremap ? i < c.ptePages : rights !== 0 && !(c.mprotect && c.grants);
  return takes && READ_ONCE(cpu, doneFlag(mm, c)) !== 0;
}

/** CPU 0 had come back from its flush when the access began, and the access found a translation that allows it. */
function failForbidden(cpu: Cpu, c: Config, i: number, r: number): void {
  if (c.mremap) {
    const what = 'I17: an access went through an address from which mremap() had moved the page';
    fail(cpu, STALE_ACCESS, what, vpnOfPage(i), r, frameOf(r));
  } else {
    const what = `I17: a store went through after ${c.fork ? 'fork()' : 'mprotect()'} had forbidden it`;
    fail(cpu, STALE_RIGHTS, what, vpnOfPage(i), r, frameOf(r));
  }
}

/** A2: the hash table is refilled from the PTE, or the kernel is asked. */
function fault(cpu: Cpu, mm: number, c: Config, i: number, rights: number): number {
  step(cpu, S.A2);
  const refilled =
    c.mmu === 'hash'
      ? hash_page(cpu, c.table, pteOf(mm, i), vpnOfPage(i), rights)
      : refillElsewhere(cpu, mm, c, i, rights);
  if (refilled !== NOT_ALLOWED) return FOUND;
  enter(cpu, F_DO_PAGE_FAULT);
  const answer = c.hasSem ? behindMmapSem(cpu, mm, c, i, rights) : handle_mm_fault(cpu, mm, c, i, rights);
  leave(cpu);
  step(cpu, S.A5);
  return answer;
}

/**
 * The PTE does not allow the access, or is none for a moment. While CPU 0 has mmap_sem the fault waits for it, and the access is tried
 * again behind it. Before and after that the VMA forbids it; but a child of fork() shares the page, which is copied, and on sparc64 a
 * store may have found a clean page.
 */
function behindMmapSem(cpu: Cpu, mm: number, c: Config, i: number, rights: number): number {
  if (READ_ONCE(cpu, mmap_sem(mm, c)) !== 0) {
    spinWhileSet(cpu, mmap_sem(mm, c), 1);
    return PAGED_IN;
  }
  const allowed = c.mmu === 'tsb' && (READ_ONCE(cpu, pteOf(mm, i)) & PPC_PAGE.RW) !== 0;
  return c.fork || allowed ? handle_mm_fault(cpu, mm, c, i, rights) : SIGSEGV;
}

/** Puts a page in where there is none, or copies it where the PTE is read-only. Another thread may have been faster. */
function handle_mm_fault(cpu: Cpu, mm: number, c: Config, i: number, rights: number): number {
  enter(cpu, F_HANDLE_MM_FAULT);
  const ptl = pte_lockptr(mm, c, i);
  step(cpu, S.A3);
  spin_lock(cpu, ptl);
  const pte = READ_ONCE(cpu, pteOf(mm, i));
  if (pte === 0) map_new_page(cpu, mm, c, i, rights);
  else if ((c.kernel || c.fork) && (rights & ~pte) !== 0) do_wp_page(cpu, mm, c, i, rights);
  else if (c.mmu === 'tsb' && (rights & pte) !== 0) makeDirty(cpu, mm, c, i, pte);
  step(cpu, S.A5);
  spin_unlock(cpu, ptl);
  leave(cpu);
  return PAGED_IN;
}

/** The PTE that is set has no HASHPTE. */
function map_new_page(cpu: Cpu, mm: number, c: Config, i: number, rights: number): void {
  const flags = PPC_PAGE.PRESENT | PPC_PAGE.USER | PPC_PAGE.RW | PPC_PAGE.ACCESSED;
  WRITE_ONCE(cpu, pageOfFrame(mm, c, newFrame(i)) + PAGE.count, 1);
  set_pte_at(cpu, mm, i, makePpcPte(newFrame(i), rights === 0 ? flags : flags | PPC_PAGE.DIRTY));
  step(cpu, S.A4);
  if (c.mmu === 'hash') hash_preload(cpu, c.table, pteOf(mm, i), vpnOfPage(i)); // update_mmu_cache()
  else preloadElsewhere(cpu, mm, c, i);
}

/** The page is shared with another process: a copy takes its place, once the old PTE and its hash table entry are gone. */
function do_wp_page(cpu: Cpu, mm: number, c: Config, i: number, rights: number): void {
  enter(cpu, F_DO_WP_PAGE);
  ptep_clear_flush(cpu, mm, c, i, S.A3);
  map_new_page(cpu, mm, c, i, rights);
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
