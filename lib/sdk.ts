/** Everything that a race needs, and nothing else: races in stress/ and races of users import this file alone. */
export { defineRace } from './race/defineRace.js';
export type { RaceDefinition, VariantDefinition } from './race/definition.js';
export { expectedOf, expectedOutcome, twinOf, type Expectation, type Form, type Knobs } from './race/expectation.js';
export { choice, flag, knobsFor, oneOf, type Knob, type KnobValues } from './race/knobs.js';
export { indexes, steps } from './race/labels.js';
export type { Actor, Race, RaceFacts, SpinRange, StandingWorkload, Variant, VerifyRow } from './race/race.js';
export { RaceFault } from './race/raceFault.js';
export { defineLitmus, type LitmusRace } from './race/defineLitmus.js';
export { SPREAD, type LitmusTest, type LitmusThread, type Sweep, type SweepPlaces } from './race/litmus.js';
export type { CpuSnapshot, Frame, HeldLock, RecordedStep, Snapshot } from './machine/snapshotView.js';
export type { ContextSwitch, Cpu, InterruptHandler } from './machine/cpu.js';
export {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  xchg,
} from './machine/access.js';
export { enter, kernelFunction, leave, step } from './machine/callStack.js';
export { ACTOR_THREW, DEADLOCK, LIVELOCK, ORPHANED_LOCK, STARVATION, STUCK_WORKER } from './machine/signatures.js';
export { nextChance } from './machine/chance.js';
export { awaitOffer, isEveryNthTrial } from './machine/migration.js';
export * from './machine/preemption.js';
export { endWindow, outOfReach, raceWindow, spin, withinReach } from './machine/windows.js';
export { fail } from './machine/verdict.js';
export * from './kernel/bug.js';
export * from './kernel/irqflags.js';
export * from './kernel/oops.js';
export * from './kernel/percpu.js';
export * from './kernel/preempt.js';
export * from './kernel/smp.js';
export * from './kernel/spinlock.js';
export * from './mm/pgtable.js';
export * from './mm/tlb.js';
export * from './mm/tlbFlush.js';
export { LOST_DIRTY } from './arch/xen/dirty.js';
export * from './arch/xen/domain.js';
export * from './arch/xen/hypercall.js';
export * from './arch/xen/multicall.js';
export * from './arch/xen/pageFault.js';
export * from './arch/xen/ptPage.js';
export * from './arch/xen/ptep.js';
export * from './arch/xen/report.js';
export { LINE, WORD, fieldAt, lines, struct, words } from './sharedarraybuffer-utils/index.js';
export * from './kernel/cpumask.js';
export * from './kernel/rwlock.js';
export * from './mm/invalidateVectors.js';
export * from './mm/structPage.js';
export * from './mm/reportBadPte.js';
export * from './arch/xen/p2m.js';
export * from './arch/xen/numaPte.js';
export * from './arch/paravirt/lazyMode.js';
export * from './arch/paravirt/mapping.js';
export * from './arch/paravirt/mmuQueue.js';
export * from './arch/paravirt/rules.js';
export * from './arch/paravirt/vmallocFault.js';
export * from './arch/paravirt/report.js';
export {
  BUSY_BROKEN,
  FREED_FRAME,
  HASHPTE_MISMATCH,
  auditUnhashed,
  duplicateFlagged,
  duplicateSlot,
  forgetDuplicate,
  isDuplicated,
} from './arch/ppc64/audit.js';
export * from './arch/ppc64/hashTable.js';
export * from './arch/ppc64/hashPage.js';
export * from './arch/ppc64/pte.js';
export {
  arch_enter_lazy_mmu_mode as ppc64EnterLazyMmuMode,
  arch_leave_lazy_mmu_mode as ppc64LeaveLazyMmuMode,
} from './arch/ppc64/tlbBatch.js';
export {
  PREEMPT_ENTER,
  PREEMPT_LEAVE,
  PREEMPT_QUEUE,
  PREEMPT_REST,
  flush_tlb_pending,
  hpte_need_flush,
  hpte_update,
} from './arch/ppc64/tlbBatch.js';
export { dropTlbBatch, mayBeHashed, tlbBatchPending } from './arch/ppc64/batch.js';
export { wakeSpinners, spinWhileSet } from './arch/ppc64/bitSpin.js';
export { BATCH_PENDING, ppc64ContextSwitch, yieldCpu } from './arch/ppc64/preempt.js';
export * from './arch/ppc64/timebase.js';
export * from './arch/ppc64/walk.js';
export { ppc64Report } from './arch/ppc64/report.js';
