/** A Xen PV guest: page types, hypercalls, multicalls, write faults, frame numbers. */

export { type Domain, ptPageWords, ptPageOf, LOCK_BIGLOCK, UNLOCK_BIGLOCK } from '../arch/xen/domain.js';
export {
  MMU,
  PTE_PAGE_UNGUARDED,
  MMU_UPDATE_FAILED,
  HYPERVISOR_mmu_update,
  new_guest_cr3,
} from '../arch/xen/hypercall.js';
export {
  MULTICALL_FAILED,
  xen_mc_batch,
  xen_mc_entry,
  xen_mc_callback,
  xen_mc_issue,
  dropBatch,
  type McEntry,
} from '../arch/xen/multicall.js';
export {
  type NumaRules,
  isMapped,
  pfnOf,
  pte_numa,
  pte_special,
  pte_mknuma,
  pte_mknonnuma,
  pte_modify,
} from '../arch/xen/numaPte.js';
export {
  _PAGE_GLOBAL,
  _PAGE_PROTNONE,
  _PAGE_SPECIAL,
  INVALID_P2M_ENTRY,
  type FrameTables,
  mfn_to_pfn,
  xen_pte_val,
  xen_make_pte,
  xen_set_pte,
  isTaggedRight,
  renumberFrames,
  rewriteEntry,
} from '../arch/xen/p2m.js';
export { OOPS_WRITE_PROTECTION, readThroughLinearMap } from '../arch/xen/pageFault.js';
export {
  PT_PAGE,
  PGT_l1_page_table,
  PGT_l2_page_table,
  PGT_l3_page_table,
  PGT_writable_page,
  PGT_pinned,
  PG_pinned,
} from '../arch/xen/ptPage.js';
export { test_and_clear_pte_flags, ptep_get_and_clear, native_set_pte } from '../arch/xen/ptep.js';
export { xenReport } from '../arch/xen/report.js';
