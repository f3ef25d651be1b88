import type { LockdepDocument, RunDocument } from './runDocument.js';

type PossibleDeadlock = LockdepDocument['possibleDeadlocks'][number];

/** What lockdep has to say of a run, in a line for each possible deadlock; no line if it did not look. */
export function lockdepLines({ lockdep }: RunDocument): string[] {
  if (lockdep === null) return [];
  const { possibleDeadlocks, complete } = lockdep;
  return [
    ...(possibleDeadlocks.length === 0 ? ['lockdep: no possible deadlock in the lock orders seen'] : []),
    ...possibleDeadlocks.map((found) => `possible deadlock (lockdep): ${deadlockWords(found)}`),
    ...(complete ? [] : ['lockdep: its tables were full before the end, so a possible deadlock may be missing']),
  ];
}

/** The reports in lockdep's layout, each behind an empty line. */
export function lockdepReports({ lockdep }: RunDocument): string[] {
  return (lockdep?.possibleDeadlocks ?? []).flatMap(({ report }) => ['', ...report]);
}

/** "ipi-wait: mm.page_table_lock -> irq[cpu] -> mm.page_table_lock". */
export function deadlockWords({ kind, locks }: PossibleDeadlock): string {
  return `${kind}: ${[...locks, locks[0]].join(' -> ')}`;
}
