/** Locks beside those that every race has: unfair rwlocks and fair spinlocks. */

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
  QSPINLOCK,
  QSPINLOCK_CPUS_MAX,
  queued_spin_lock,
  queued_spin_trylock,
  queued_spin_unlock,
} from '../kernel/qspinlock.js';
