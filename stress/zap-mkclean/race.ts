/**
 * Is a store lost to a file page that is unmapped and written back at once?   Result: buggy Sometimes, merged fix Never
 *
 * Commits: 1cf35d47712d (3.15), 5df397dec7c4 (6.2).
 * Race:    munmap() takes a dirty PTE out and flushes later. Write-back finds no PTE, and cleans the page, to which a CPU still stores
 *          through its TLB.
 * Fix:     flush, then take the mapping out of the page's count, both before the PTE lock is dropped.
 * Left out: the page cache, freeing, several pages.
 * Run:     npx racehammer run zap-mkclean
 * Variants and the step labels Z, C, U: about.ts.
 */
import {
  LINE,
  READ_ONCE,
  WORD,
  atomic_fetch_add,
  atomic_fetch_or,
  defineRace,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  lines,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  struct,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  STRUCT_PAGE,
  _PAGE_DIRTY,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  clearPageDirty,
  flush_tlb_func,
  flush_tlb_page,
  joinVmMask,
  native_ptep_get_and_clear,
  native_set_pte_at,
  page_remove_file_rmap,
  pfn_pte,
  pte_present,
  set_page_dirty,
  tlbLookup,
  userStore,
} from '../../lib/sdk/mm.js';
import { ABOUT, LOST_WRITE, S, W } from './about.js';
import { MUTANTS, configure, type Config } from './config.js';

const STATE = struct({
  ptl: LINE,
  pte: WORD,
  /** PG_locked: held over folio_mkclean() and the cleaning that follows. */
  page_lock: LINE,
  /** The struct page. Its flags: PG_DIRTY, PG_WRITEBACK, and above them how often it was stored to: a store sees the flags of its instant. */
  page: lines(STRUCT_PAGE.WORDS),
  /** CPUs that have the mm loaded. */
  cpu_vm_mask: WORD,
});
const [PG_DIRTY, PG_WRITEBACK, CONTENTS] = [1, 2, 4];

/** Returns the word with the flags of the page. */
const flagsOf = (at: number): number => at + STATE.page + STRUCT_PAGE.flags;

const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_FOLIO_CLEAR_DIRTY_FOR_IO = kernelFunction('folio_clear_dirty_for_io');
const F_PAGE_MKCLEAN_ONE = kernelFunction('page_mkclean_one');

/** CPU 0: a thread unmaps the page. */
function zap_pte_range(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  spin_lock(cpu, at + STATE.ptl);
  step(cpu, S.Z1);
  const pte = READ_ONCE(cpu, at + STATE.pte);
  if (pte_present(pte)) clear(cpu, at, c);
  if (c.flushesLocked) finish(cpu, at, c, W.W_ZAPPED); // [fix flush-locked +]
  spin_unlock(cpu, at + STATE.ptl);
  if (!c.flushesLocked) finish(cpu, at, c, W.W_UNLOCKED); // [fix flush-locked -]
  leave(cpu);
}

function clear(cpu: Cpu, at: number, c: Config): void {
  const old = native_ptep_get_and_clear(cpu, at + STATE.pte); // ptep_get_and_clear_full()
  step(cpu, S.Z2);
  if ((old & _PAGE_DIRTY) !== 0 && c.zapPassesDirty) set_page_dirty(cpu, flagsOf(at), PG_DIRTY);
  if (!c.rmapLate) removeRmap(cpu, at); // [fix rmap-late -]
}

function removeRmap(cpu: Cpu, at: number): void {
  step(cpu, S.Z3);
  page_remove_file_rmap(cpu, at + STATE.page);
}

/** tlb_flush_mmu_tlbonly(), and since 6.2 tlb_flush_rmaps(). */
function finish(cpu: Cpu, at: number, c: Config, window: number): void {
  raceWindow(cpu, window);
  step(cpu, S.Z4);
  if (c.flushes) flush(cpu, at);
  endWindow(cpu, window);
  if (c.rmapLate) removeRmap(cpu, at); // [fix rmap-late +]
}

function flush(cpu: Cpu, at: number): void {
  flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi');
}

/** CPU 1: a thread stores, has the page written back, and stores again. */
function store_msync_store(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  step(cpu, S.U1);
  user_store(cpu, at);
  withinReach(cpu);
  folio_clear_dirty_for_io(cpu, at, c);
  outOfReach(cpu);
  step(cpu, S.U2);
  user_store(cpu, at);
}

function folio_clear_dirty_for_io(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_FOLIO_CLEAR_DIRTY_FOR_IO);
  step(cpu, S.C1);
  spin_lock(cpu, at + STATE.page_lock);
  if (READ_ONCE(cpu, at + STATE.page + STRUCT_PAGE.mapcount) > 0) page_mkclean_one(cpu, at, c); // folio_mapped()
  step(cpu, S.C3);
  atomic_fetch_or(cpu, flagsOf(at), PG_WRITEBACK);
  clearPageDirty(cpu, flagsOf(at), PG_DIRTY);
  spin_unlock(cpu, at + STATE.page_lock);
  leave(cpu);
}

function page_mkclean_one(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_PAGE_MKCLEAN_ONE);
  step(cpu, S.C2);
  if (c.mkcleanLocks) spin_lock(cpu, at + STATE.ptl);
  if (pte_present(READ_ONCE(cpu, at + STATE.pte))) {
    const old = c.mkcleanInPlace ? READ_ONCE(cpu, at + STATE.pte) : native_ptep_get_and_clear(cpu, at + STATE.pte);
    native_set_pte_at(cpu, at + STATE.pte, old & ~(_PAGE_RW | _PAGE_DIRTY));
    if ((old & _PAGE_DIRTY) !== 0 && c.mkcleanPassesDirty) set_page_dirty(cpu, flagsOf(at), PG_DIRTY);
    if (c.mkcleanFlushes) flush(cpu, at);
  }
  if (c.mkcleanLocks) spin_unlock(cpu, at + STATE.ptl);
  leave(cpu);
}

function user_store(cpu: Cpu, at: number): void {
  userStore(cpu, at + STATE.pte, retireStore, at);
}

function retireStore(cpu: Cpu, at: number, entry: number): void {
  const before = atomic_fetch_add(cpu, flagsOf(at), CONTENTS);
  const isClean = (before & (PG_DIRTY | PG_WRITEBACK)) === PG_WRITEBACK;
  if (isClean && READ_ONCE(cpu, entry) === 0 && tlbLookup(cpu, entry) !== 0)
    fail(cpu, LOST_WRITE, 'I17: a store to a page that is clean and has no PTE', flagsOf(at), before);
}

export default defineRace({
  ...ABOUT,
  interrupts: [flush_tlb_func],
  cpus: { min: 2, max: 2, default: 2 },
  phases: { zap_pte_range: { min: 0, max: 400 } },
  delays: { W_ZAPPED: { min: 0, max: 600 }, W_UNLOCKED: { min: 0, max: 600 } },
  configure,
  mutants: MUTANTS,
  state: STATE,
  init(mem, at) {
    mem[at + STATE.pte] = pfn_pte(0x80, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
    mem[at + STATE.page + STRUCT_PAGE.mapcount] = 1;
  },
  actors: { zap_pte_range, store_msync_store },
  role: (cpu) =>
    cpu === 0 ? { actor: 'zap_pte_range', comm: 'munmap' } : { actor: 'store_msync_store', comm: 'writer' },
});
