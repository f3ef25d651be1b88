/** Shows the possible deadlocks of a run as text. Called by the reports of runs and rows. */

import type { LockdepDocument, RunDocument } from './document.js';

type PossibleDeadlock = LockdepDocument['possibleDeadlocks'][number];

/** Returns a line for each possible deadlock of a run; no line if lockdep was off. */
export function lockdepLines({ lockdep }: RunDocument): string[] {
  if (lockdep === null) return [];
  const { possibleDeadlocks, complete } = lockdep;
  return [
    ...(possibleDeadlocks.length === 0 ? ['lockdep: no possible deadlock in the lock orders seen'] : []),
    ...possibleDeadlocks.map((found) => `possible deadlock (lockdep): ${deadlockWords(found)}`),
    ...(complete ? [] : ['lockdep: its tables became full, so a possible deadlock may be missing']),
  ];
}

/** Returns the reports in lockdep's layout, each after an empty line. */
export function lockdepReports({ lockdep }: RunDocument): string[] {
  return (lockdep?.possibleDeadlocks ?? []).flatMap(({ report }) => ['', ...report]);
}

/** Returns "ipi-wait: mm.page_table_lock -> irq[cpu] -> mm.page_table_lock". */
export function deadlockWords({ kind, locks }: PossibleDeadlock): string {
  return `${kind}: ${[...locks, locks[0]].join(' -> ')}`;
}
