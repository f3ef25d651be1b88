/** Lazy MMU mode of paravirt operations, its queue, and the faults that use it. */

export {
  PREEMPT_LAZY_ENTER,
  PREEMPT_LAZY_LEAVE,
  PREEMPT_LAZY_FLUSH,
  type LazyMode,
  BUG_LAZY_MODE,
  paravirt_enter_lazy_mmu,
  paravirt_leave_lazy_mmu,
  paravirt_flush_lazy_mmu,
  isSettled,
  dropLazyMode,
} from '../arch/paravirt/lazyMode.js';
export {
  MAPPING_WORDS,
  UPDATE_STRANDED,
  KMAP_SLOT_LOST,
  PREEMPT_SET_PTE,
  PREEMPT_KMAP,
  KM_USER0,
  KM_IRQ0,
  set_pte,
  setKernelPte,
  useMapping,
  useUserMapping,
  kmap_atomic,
  useKmap,
  kunmap_atomic,
} from '../arch/paravirt/mapping.js';
export {
  QUEUE_ROOM,
  QUEUE_OVERFLOW,
  FLAGS_MISPLACED,
  type QueueForm,
  PREEMPT_FLAGS,
  type QueuedUpdate,
} from '../arch/paravirt/mmuQueue.js';
export { lazyMmuReport } from '../arch/paravirt/report.js';
export { RULES, type Rule, type RuleChecks, RULE_SIGNATURE, RULE_TEXT } from '../arch/paravirt/rules.js';
export {
  type FaultSteps,
  type VmallocSync,
  VMALLOC_REFAULT,
  VMALLOC_LIVELOCK,
  BUG_VMALLOC_FAULT,
  PREEMPT_FAULT,
  load_cr3,
  paravirtContextSwitch,
  useVmalloc,
} from '../arch/paravirt/vmallocFault.js';
