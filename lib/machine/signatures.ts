/** Signatures of the ways in which CPUs hang. Every machine knows them, whether its race declares them or not. */
export const DEADLOCK = 'deadlock';
export const LIVELOCK = 'livelock';
export const STARVATION = 'starvation';
export const ORPHANED_LOCK = 'orphaned-lock';
export const STUCK_WORKER = 'stuck-worker';

export const HANGS: readonly string[] = [DEADLOCK, LIVELOCK, STARVATION, ORPHANED_LOCK, STUCK_WORKER];

/** The code of the race has thrown an exception (thrown.ts). */
export const ACTOR_THREW = 'actor-threw';

/** What every machine knows beside the hangs, whether its race declares it or not. */
const OWN: readonly string[] = [ACTOR_THREW];

/** Stands for everything that neither the race declares nor the machine knows. */
export const UNEXPECTED = 'unexpected';

/**
 * All signatures that a machine tells apart, in the order of their counters: the race's, one for the unknown, the hangs, and
 * what else the machine itself finds.
 */
export function signaturesOf(declared: readonly string[]): string[] {
  return [...declared, UNEXPECTED, ...[...HANGS, ...OWN].filter((own) => !declared.includes(own))];
}
