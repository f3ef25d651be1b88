/**
 * Locks beside those that every race has: unfair rwlocks and fair spinlocks, locks that sleep, waits for an event, sequence
 * counts, RCU.
 */

export {
  BRLOCK,
  BRLOCK_CPUS_MAX,
  br_read_lock,
  br_read_unlock,
  br_write_lock,
  br_write_lock_irqsave,
  br_write_unlock,
  br_write_unlock_irqrestore,
} from '../kernel/brlock.js';
export {
  COMPLETION,
  complete,
  complete_all,
  reinit_completion,
  try_wait_for_completion,
  wait_for_completion,
} from '../kernel/completion.js';
export { might_sleep } from '../kernel/mightSleep.js';
export { MUTEX, mutex_lock, mutex_lock_nested, mutex_trylock, mutex_unlock } from '../kernel/mutex.js';
export {
  QSPINLOCK,
  QSPINLOCK_CPUS_MAX,
  queued_spin_lock,
  queued_spin_trylock,
  queued_spin_unlock,
} from '../kernel/qspinlock.js';
export {
  POISON_FREE,
  RCU,
  RCU_TASKS_MAX,
  kfree,
  rcu_assign_pointer,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_lock_held,
  rcu_read_unlock,
  readUnfreed,
  synchronize_rcu,
} from '../kernel/rcu.js';
export { type RcuCallback, call_rcu, rcuSoftirq, rcu_barrier } from '../kernel/rcuCallbacks.js';
export {
  RW_SEMAPHORE,
  down_read,
  down_read_trylock,
  down_write,
  down_write_trylock,
  up_read,
  up_write,
} from '../kernel/rwsem.js';
export {
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  TASK_STRUCT,
  TASK_UNINTERRUPTIBLE,
  __set_current_state,
  cond_resched,
  schedule,
  set_current_state,
  wake_up_process,
} from '../kernel/sched.js';
export { SEMAPHORE, down, down_trylock, up } from '../kernel/semaphore.js';
export {
  SEQCOUNT,
  SEQLOCK,
  read_seqbegin,
  read_seqcount_begin,
  read_seqcount_retry,
  read_seqlock_excl,
  read_seqretry,
  read_sequnlock_excl,
  write_seqcount_begin,
  write_seqcount_end,
  write_seqlock,
  write_seqlock_irqsave,
  write_sequnlock,
  write_sequnlock_irqrestore,
} from '../kernel/seqlock.js';
export {
  WAIT_QUEUE,
  WAIT_QUEUE_TASKS_MAX,
  type Condition,
  finish_wait,
  prepare_to_wait,
  sleepOnQueue,
  wait_event,
  wait_event_exclusive,
  wake_up,
  wake_up_all,
} from '../kernel/waitQueue.js';
export { SLEEPING_IN_ATOMIC, SUSPICIOUS_RCU_USAGE, USE_AFTER_FREE } from '../machine/signatures.js';
