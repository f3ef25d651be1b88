/** Page tables of x86, TLBs and their flushes, struct page. */

export {
  MM_TLB,
  FLUSH_STATE,
  smp_invalidate_interrupt,
  flushOrLeave,
  native_flush_tlb_others,
  xen_flush_tlb_others,
} from '../mm/invalidateVectors.js';
export {
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  pfn_pte,
  pte_pfn,
  pte_present,
  pte_young,
  pte_mkold,
} from '../mm/pgtable.js';
export { LOST_DIRTY } from '../machine/signatures.js';
export {
  native_ptep_get_and_clear,
  native_set_pte_at,
  pte_clear,
  ptep_set_wrprotect,
  replaceEntry,
} from '../mm/nativePte.js';
export { OWNED_PAGE, PAGE_OWNED, STALE_ACCESS, ownedPageName, ownedPageWords, resetOwned } from '../mm/ownedPage.js';
export { checkOwned, freeOwned, loadOwned } from '../mm/pageOwner.js';
export { type Mapping, badPageMap, dumpStack, LOCKDEP_OFF, badRssCounters } from '../mm/reportBadPte.js';
export {
  STRUCT_PAGE,
  PG_uptodate,
  PG_swapbacked,
  PAGE_MAPPING_ANON,
  page_add_new_anon_rmap,
  page_remove_file_rmap,
  page_remove_rmap,
  put_page,
} from '../mm/structPage.js';
export { clearPageDirty, mappingIsGone, set_page_dirty } from '../mm/dirtyPage.js';
export { tlbLookup, tlbFill, tlbDrop, tlbFlushCpu } from '../mm/tlb.js';
export { flushTlbFuncPage, flush_tlb_range } from '../mm/flushTlbRange.js';
export { type Retire, translate, userLoad, userStore } from '../mm/userAccess.js';
export { type FlushBackEnd, flush_tlb_func, flush_tlb_page, joinVmMask } from '../mm/tlbFlush.js';
export { loadAsid, loadedAsid, pcidDrop, pcidFill, pcidFlush, pcidLookup } from '../mm/pcidTlb.js';
export {
  type FlushTarget,
  TLB_FLUSH_ALL,
  flush_tlb_func_remote,
  flushTlbFuncTrim,
  flush_tlb_mm_range,
  should_flush_tlb,
  shouldFlushTlbSwitching,
  tlb_is_not_lazy,
} from '../mm/flushTlbMm.js';
export { EAGER_MASK, type SwitchForm, enter_lazy_tlb, switch_mm, switch_mm_irqs_off } from '../mm/switchMm.js';
export {
  MM_CONTEXT,
  TLB_NR_DYN_ASIDS,
  loadedMm,
  loadedMmOf,
  resetTlbState,
  tagGeneration,
  tlbStateName,
  tlbStateWords,
} from '../mm/tlbState.js';
