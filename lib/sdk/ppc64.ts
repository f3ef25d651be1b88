/** The hash table of ppc64, and the batch that flushes it. */

export {
  BUSY_BROKEN,
  FREED_FRAME,
  HASHPTE_MISMATCH,
  auditUnhashed,
  duplicateFlagged,
  duplicateSlot,
  forgetDuplicate,
  isDuplicated,
} from '../arch/ppc64/audit.js';
export { dropTlbBatch, mayBeHashed, tlbBatchPending } from '../arch/ppc64/batch.js';
export { spinWhileSet } from '../arch/ppc64/bitSpin.js';
export { NOT_ALLOWED, hash_page, hash_preload } from '../arch/ppc64/hashPage.js';
export {
  type HashTable,
  HPTES_PER_GROUP,
  HPTE_WORDS,
  HPTE_R_WORD,
  HPTE_V,
  HPTE_R,
  PP_RWRW,
  PP_RXRX,
  makeVpn,
  hpte_encode_v,
  hpte_encode_r,
  frameOf,
  groupOf,
  hashTableWords,
} from '../arch/ppc64/hashTable.js';
export { BATCH_PENDING, ppc64ContextSwitch, yieldCpu } from '../arch/ppc64/preempt.js';
export { PPC_PAGE, makePpcPte, ppcPteFrame, slotBits, pte_update } from '../arch/ppc64/pte.js';
export { ppc64Report } from '../arch/ppc64/report.js';
export {
  arch_enter_lazy_mmu_mode,
  arch_leave_lazy_mmu_mode,
  PREEMPT_ENTER,
  PREEMPT_LEAVE,
  PREEMPT_QUEUE,
  PREEMPT_REST,
  flush_tlb_pending,
  hpte_need_flush,
  hpte_update,
} from '../arch/ppc64/tlbBatch.js';
export { MACHINE_CHECK, type MultiHit, hptePermits, htabTranslate } from '../arch/ppc64/walk.js';
