/** What every race needs. Races in stress/ import this part, and the parts of the hardware and kernel that they model. */

export { BUG, WARN, do_exit } from '../kernel/bug.js';
export { cpu_online, cpu_online_mask, cpumask_of, set_cpu_online } from '../kernel/cpumask.js';
export {
  maskInterrupt,
  raiseInterrupt,
  setInterruptLevel,
  startTimer,
  stopTimer,
  unmaskInterrupt,
} from '../kernel/interrupts.js';
export {
  local_irq_save,
  local_irq_restore,
  local_irq_disable,
  local_irq_enable,
  irqs_disabled,
  in_interrupt,
  in_hardirq,
  in_nmi,
  in_task,
} from '../kernel/irqflags.js';
export {
  type PerCpuVariable,
  DEFINE_PER_CPU,
  this_cpu_ptr,
  this_cpu_read,
  this_cpu_write,
  per_cpu_ptr,
  raw_cpu_ptr,
} from '../kernel/percpu.js';
export { migrate_disable, migrate_enable, preempt_disable, preempt_enable, preempt_count } from '../kernel/preempt.js';
export { beginPolling, endPolling, pollCalls } from '../kernel/polling.js';
export {
  RWLOCK_CPUS_MAX,
  RWLOCK,
  read_lock,
  read_unlock,
  write_lock,
  write_lock_irqsave,
  read_trylock,
  write_trylock,
  write_unlock,
  write_unlock_irqrestore,
} from '../kernel/rwlock.js';
export {
  smp_call_function_single,
  smp_call_function_many,
  smp_call_function_single_async,
  csd_lock_wait,
} from '../kernel/smp.js';
export {
  local_bh_disable,
  local_bh_enable,
  raise_softirq,
  tasklet_schedule,
  in_softirq,
  in_serving_softirq,
  __do_softirq,
  type Softirq,
} from '../kernel/softirq.js';
export {
  spin_lock,
  spin_lock_nested,
  spin_lock_nest_lock,
  spin_unlock,
  spin_trylock,
  spin_lock_irqsave,
  spin_unlock_irqrestore,
  spin_lock_bh,
  spin_unlock_bh,
  spin_trylock_bh,
  lockdep_is_held,
} from '../kernel/spinlock.js';
export { smp_cond_load_acquire, wait_on_bit } from '../kernel/waitBit.js';
export {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  smp_load_acquire,
  smp_mb,
  smp_rmb,
  smp_store_release,
  smp_wmb,
  xchg,
} from '../machine/access.js';
export { enter, kernelFunction, leave, step } from '../machine/callStack.js';
export { chanceBelow, nextChance } from '../machine/chance.js';
export type { ContextSwitch, Cpu, InterruptHandler } from '../machine/cpu.js';
export type { LineKind } from '../machine/lineTable.js';
export { awaitOffer, isEveryNthTrial } from '../machine/migration.js';
export { allowPreemption, forbidPreemption, preemptHere, preemptionPoint } from '../machine/preemption.js';
export { beginRetries, nextTry } from '../machine/retries.js';
export {
  ACTOR_THREW,
  DEADLOCK,
  LIVELOCK,
  LOST_WAKE_UP,
  ORPHANED_LOCK,
  STARVATION,
  STUCK_WORKER,
} from '../machine/signatures.js';
export type { CpuSnapshot, Frame, HeldLock, RecordedStep, Snapshot } from '../machine/snapshotView.js';
export { fail } from '../machine/outcome.js';
export { type WaitOptions, wait_on } from '../machine/waitOn.js';
export { endWindow, outOfReach, raceWindow, spin, withinReach } from '../machine/windows.js';
export { defineLitmus, type LitmusDefinition } from '../race/defineLitmus.js';
export { defineRace } from '../race/defineRace.js';
export type { RaceDefinition, VariantDefinition } from '../race/definition.js';
export type { Expectation, Knobs } from '../race/expectation.js';
export { choice, flag, oneOf, type Knob, type KnobValues } from '../race/knobs.js';
export { indexes, steps } from '../race/labels.js';
export { SPREAD, type LitmusTest, type LitmusThread, type Sweep, type SweepPlaces } from '../race/litmus.js';
export type {
  Actor,
  ActorFacts,
  ActorRace,
  LitmusRace,
  Race,
  RaceFacts,
  SpinRange,
  StandingWorkload,
  Variant,
  VerifyRow,
} from '../race/race.js';
export type { Mutant, Mutants } from '../race/mutant.js';
export { RaceFault } from '../race/raceFault.js';
export type { Hotplug } from '../race/hotplug.js';
export type { LineDefinition } from '../race/raceLines.js';
export { LINE, WORD, elementAt, fieldAt, lines, struct, words } from '../sharedarraybuffer-utils/index.js';
