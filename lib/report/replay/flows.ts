/** Finds what one CPU of a timeline causes on another: interrupts that it sends, and waits that it ends. Called by traceEvents.ts. */

import type { TimelineRow } from '../../evidence/timeline.js';

/** From the row that causes it to the row in which it is seen. */
export interface Flow {
  readonly name: 'interrupt' | 'wake-up';
  readonly from: TimelineRow;
  readonly to: TimelineRow;
}

/**
 * Returns the flows, in the order in which they arrive. An interrupt arrives with the first word that its handler takes: the one that another CPU has
 * stored to raise it. A wait ends with the next access of its CPU to the word that it waits for, if another CPU has changed that meanwhile.
 */
export function flowsOf(rows: readonly TimelineRow[]): Flow[] {
  const flows: Flow[] = [];
  /** By word the last row that has changed it. */
  const changed = new Map<number, TimelineRow>();
  /** By CPU whether its handler has taken nothing yet, and the row with which it waits. */
  const entered = new Map<number, boolean>();
  const waits = new Map<number, TimelineRow>();
  for (const row of rows) {
    const { cpu, address } = row;
    if (!row.inInterrupt) entered.set(cpu, true);
    if (address < 0) continue;
    const cause = changed.get(address);
    const wait = waits.get(cpu);
    const isOthers = cause !== undefined && cause.cpu !== cpu;
    if (row.inInterrupt && isChange(row) && (entered.get(cpu) ?? true)) {
      if (isOthers) flows.push({ name: 'interrupt', from: cause, to: row });
      entered.set(cpu, false);
    }
    if (wait?.address === address && isOthers && cause.number > wait.number)
      flows.push({ name: 'wake-up', from: cause, to: row });
    if (row.kind === 'waits') waits.set(cpu, row);
    else if (wait?.address === address) waits.delete(cpu);
    if (isChange(row)) changed.set(address, row);
  }
  return flows;
}

function isChange({ before, after, kind }: TimelineRow): boolean {
  return before !== after && kind !== 'waits';
}
