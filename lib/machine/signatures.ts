/**
 * The signatures that every machine knows, beside those that its race declares. Read where trials fail (outcome.ts),
 * where failures are counted, and by reports.
 */

/** Signatures of the ways in which CPUs hang. Every machine knows them, whether its race declares them or not. */
export const DEADLOCK = 'deadlock';
export const LIVELOCK = 'livelock';
export const STARVATION = 'starvation';
export const ORPHANED_LOCK = 'orphaned-lock';
export const STUCK_WORKER = 'stuck-worker';
/** A CPU waits for a word that nobody who is left will store. */
export const LOST_WAKE_UP = 'lost-wake-up';

export const HANGS: readonly string[] = [DEADLOCK, LIVELOCK, STARVATION, ORPHANED_LOCK, STUCK_WORKER, LOST_WAKE_UP];

/** Hangs that a CPU proves: it depends on no time that they have no end. */
export const PROVED: readonly string[] = [DEADLOCK, ORPHANED_LOCK, LOST_WAKE_UP];

/** Hangs that are no proof: the watchdog, or what replaces a thread, sets the outcome after so much CPU time. */
const TIMED: readonly string[] = [LIVELOCK, STARVATION, STUCK_WORKER];

/** Whether the outcome depends on the time that a trial took. */
export function isTimed(signature: string): boolean {
  return TIMED.includes(signature);
}

/** The code of the race has thrown an exception (thrown.ts). */
export const ACTOR_THREW = 'actor-threw';

/** A deadlock or an orphaned lock was proved, and the wait has ended all the same (undone.ts). */
export const UNDONE_PROOF = 'undone-proof';

/**
 * Signatures by which the machine itself fails a trial: the race did something that no CPU can do, or left a CPU in a state
 * in which no actor may end. Every machine knows them; a race that means one to happen declares it like its own.
 */
export const BAD_ADDRESS = 'bad-address';
export const UNLOCK_NOT_OWNER = 'unlock-not-owner';
export const HELD_LOCKS = 'held-locks';
/** An actor ended with a lock held, interrupts off, preemption disabled or inside a function. */
export const UNBALANCED = 'unbalanced';
export const PREEMPT_OVERFLOW = 'preempt-overflow';
export const IPI_NO_CPU = 'ipi-no-cpu';
/** An IPI to a CPU that is offline. Only a race that refuses those knows it (lib/race/complete.ts). */
export const IPI_OFFLINE = 'ipi-offline';
/** An IPI wait with interrupts off (I14). */
export const IPI_WAIT_IRQS_OFF = 'ipi-wait-irqs-off';

/** An actor or a handler made a promise, or returned what has not done its work yet. */
export const ASYNC_CODE = 'async-code';

/** A function that may sleep was called where nobody may: with a spinlock held, interrupts off, or in an interrupt. */
export const SLEEPING_IN_ATOMIC = 'sleeping-in-atomic';
/** An RCU reader that is none: rcu_read_unlock() or rcu_dereference() without rcu_read_lock(). */
export const SUSPICIOUS_RCU_USAGE = 'suspicious-rcu-usage';
/** A per-CPU address was used on another CPU than the one on which this_cpu_ptr() returned it. */
export const STALE_PERCPU = 'stale-percpu';
/** A word of an object was read that had been freed. */
export const USE_AFTER_FREE = 'use-after-free';

/** A page-table entry was stored where a dirty bit of the hardware's is lost, or may be (lib/mm/nativePte.ts). */
export const LOST_DIRTY = 'lost-dirty';

export const MISUSES: readonly string[] = [
  BAD_ADDRESS,
  UNLOCK_NOT_OWNER,
  HELD_LOCKS,
  UNBALANCED,
  PREEMPT_OVERFLOW,
  IPI_NO_CPU,
  IPI_WAIT_IRQS_OFF,
  ASYNC_CODE,
  SLEEPING_IN_ATOMIC,
  SUSPICIOUS_RCU_USAGE,
  USE_AFTER_FREE,
  STALE_PERCPU,
  LOST_DIRTY,
];

/** What every machine knows, whether its race declares it or not. */
const OWN: readonly string[] = [...HANGS, ACTOR_THREW, UNDONE_PROOF, ...MISUSES];

/** Whether every machine knows the signature. */
export function isOfMachine(signature: string): boolean {
  return OWN.includes(signature);
}

/**
 * Returns all signatures that a machine tells apart, in the order of their counters: the race's, and what the machine
 * itself finds.
 */
export function signaturesOf(declared: readonly string[]): string[] {
  return [...declared, ...OWN.filter((own) => !declared.includes(own))];
}
