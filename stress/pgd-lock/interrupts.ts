/**
 * Who takes pgd_lock, and how: each variant's lock, and the interrupts in which an mm may lose its last reference. Called on the CPUs'
 * threads by race.ts.
 */
import {
  BUG,
  READ_ONCE,
  WRITE_ONCE,
  __do_softirq,
  atomic_fetch_and,
  atomic_fetch_or,
  cpu_online_mask,
  cpumask_of,
  enter,
  in_interrupt,
  kernelFunction,
  leave,
  smp_call_function_many,
  spin_lock,
  spin_lock_bh,
  spin_lock_irqsave,
  spin_unlock,
  spin_unlock_bh,
  spin_unlock_irqrestore,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  br_read_lock,
  br_read_unlock,
  br_write_lock_irqsave,
  br_write_unlock_irqrestore,
} from '../../lib/sdk/locking.js';
import { FREED_IN_INTERRUPT, S } from './about.js';
import { MM, STATE, mmOf, type Config } from './state.js';

const F_CALL_FUNCTION_INTERRUPT = kernelFunction('generic_smp_call_function_interrupt');
const F_RCU_PROCESS_CALLBACKS = kernelFunction('rcu_process_callbacks');
const F_FREE_SIGNAL_STRUCT = kernelFunction('free_signal_struct');
const F_MMDROP_ASYNC_FN = kernelFunction('mmdrop_async_fn');
const F_MMDROP = kernelFunction('__mmdrop');
const F_PGD_FREE = kernelFunction('pgd_free');

/** pgd_lock, as each variant takes it. Who changes the list needs it alone; only an rwlock makes a difference. */
export function lockPgdList(cpu: Cpu, at: number, c: Config, exclusive: boolean): number {
  switch (c.pgdLock) {
    case 'irqsave':
      return spin_lock_irqsave(cpu, at + STATE.pgd_lock); // [fix plain-lock -]
    case 'plain':
      spin_lock(cpu, at + STATE.pgd_lock); // [fix plain-lock +]
      return 0;
    case 'bh':
      spin_lock_bh(cpu, at + STATE.pgd_lock); // [fix plain-lock-bh +]
      return 0;
    case 'rwlock': // [fix rwlock +] interrupts read, so a writer must mask them; a reader need not
      if (exclusive) return br_write_lock_irqsave(cpu, at + c.pgdRwlock, c.writerIrqsOn);
      br_read_lock(cpu, at + c.pgdRwlock);
      return 0;
  }
}

export function unlockPgdList(cpu: Cpu, at: number, c: Config, exclusive: boolean, flags: number): void {
  switch (c.pgdLock) {
    case 'irqsave':
      spin_unlock_irqrestore(cpu, at + STATE.pgd_lock, flags); // [fix plain-lock -]
      break;
    case 'plain':
      spin_unlock(cpu, at + STATE.pgd_lock); // [fix plain-lock +]
      break;
    case 'bh':
      spin_unlock_bh(cpu, at + STATE.pgd_lock); // [fix plain-lock-bh +]
      runPendingSoftirq(cpu, at, c);
      break;
    case 'rwlock': // [fix rwlock +]
      if (exclusive) br_write_unlock_irqrestore(cpu, at + c.pgdRwlock, flags);
      else br_read_unlock(cpu, at + c.pgdRwlock);
      break;
  }
}

/** With knob `irq`: CPU 0 lets the CPUs that synchronise take the last reference of an mm, in an interrupt. */
export function raiseInterrupt(cpu: Cpu, at: number, c: Config): void {
  if (c.irq === 'none' || c.peer === 'writer') return;
  step(cpu, S.D1);
  const synchronising = cpu.cpus === 2 ? 0x2 : 0x04040404 & cpu_online_mask(cpu);
  smp_call_function_many(cpu, synchronising, 0, pgd_free_irq, at, false);
}

/** The last mmdrop(): in the handler of an IPI, with interrupts off, or in the softirq behind it, with interrupts on. */
export function pgd_free_irq(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_CALL_FUNCTION_INTERRUPT);
  if (c.irq !== 'softirq') mmdrop(cpu, at, c);
  else if (!__do_softirq(cpu, rcu_process_callbacks, at, c))
    atomic_fetch_or(cpu, at + STATE.softirq_pending, cpumask_of(cpu.id));
  leave(cpu);
}

/** local_bh_enable() runs what was raised meanwhile. */
function runPendingSoftirq(cpu: Cpu, at: number, c: Config): void {
  const self = cpumask_of(cpu.id);
  if ((READ_ONCE(cpu, at + STATE.softirq_pending) & self) === 0 || in_interrupt(cpu)) return;
  atomic_fetch_and(cpu, at + STATE.softirq_pending, ~self);
  __do_softirq(cpu, rcu_process_callbacks, at, c);
}

/** A task is gone for good: its signal_struct had the last reference of the mm that the OOM killer has killed. */
function rcu_process_callbacks(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_RCU_PROCESS_CALLBACKS);
  enter(cpu, F_FREE_SIGNAL_STRUCT);
  mmdrop(cpu, at, c);
  leave(cpu);
  leave(cpu);
}

/** Drops the last reference. */
function mmdrop(cpu: Cpu, at: number, c: Config): void {
  if (c.mmdropAsync && c.irq !== 'read') atomic_fetch_or(cpu, at + STATE.async_put_work, cpumask_of(cpu.id)); // [fix 7283094ec3db +] schedule_work()
  else __mmdrop(cpu, at, c);
}

/** The kworker of this CPU, when it runs: in process context. */
export function process_one_work(cpu: Cpu, at: number, c: Config): void {
  const self = cpumask_of(cpu.id);
  if ((READ_ONCE(cpu, at + STATE.async_put_work) & self) === 0) return;
  atomic_fetch_and(cpu, at + STATE.async_put_work, ~self);
  enter(cpu, F_MMDROP_ASYNC_FN);
  __mmdrop(cpu, at, c);
  leave(cpu);
}

/** pgd_dtor(): the mm leaves the list; with irq=read the list is only walked. */
function __mmdrop(cpu: Cpu, at: number, c: Config): void {
  const mm = mmOf(at, c.mms);
  const frees = c.irq !== 'read';
  enter(cpu, F_MMDROP);
  enter(cpu, F_PGD_FREE);
  if (c.vmBugOn && frees && in_interrupt(cpu)) {
    const context = c.irq === 'softirq' ? 'a softirq' : 'an interrupt handler';
    BUG(cpu, FREED_IN_INTERRUPT, `VM_BUG_ON(in_interrupt()): pgd_free() in ${context}`, mm); // [experiment +]
  }
  step(cpu, S.D2);
  const flags = lockPgdList(cpu, at, c, frees);
  step(cpu, S.D3);
  const first = READ_ONCE(cpu, at + STATE.pgd_list);
  if (frees && first === mm) {
    WRITE_ONCE(cpu, at + STATE.pgd_list, READ_ONCE(cpu, mm + MM.next)); // nothing comes onto the list before it
    WRITE_ONCE(cpu, mm + MM.listed, 0);
  }
  step(cpu, S.D4);
  unlockPgdList(cpu, at, c, frees, flags);
  leave(cpu);
  leave(cpu);
}
