/**
 * Lets go of the slices and intervals of a fleet that are old: 200 hosts write six million intervals a day. Their sums stay (sums.ts), and
 * an execution goes only when all of it has arrived, so it stays known (closedExecutions.ts). Called by fleetRecords.ts.
 */

import { close } from './closedExecutions.js';
import type { SoakDatabase } from './database.js';

/** Which executions go. */
export interface OldExecutions {
  /** Nothing of them has arrived since, in milliseconds of the soak. */
  readonly beforeMs: number;
  readonly most: number;
}

/** Lets old executions go, in a transaction of the caller. Returns how many those were. */
export function dropExecutions(db: SoakDatabase, { beforeMs, most }: OldExecutions): number {
  const found = db.all(OLD, beforeMs, beforeMs, most) as { slice: number; uuid: string }[];
  for (const { slice, uuid } of found) {
    close(db, uuid);
    db.run('DELETE FROM outcome WHERE interval IN (SELECT id FROM interval WHERE slice = ?)', slice);
    db.run('DELETE FROM interval WHERE slice = ?', slice);
    db.run('DELETE FROM delivery WHERE execution = ?', slice);
    db.run('DELETE FROM execution WHERE slice = ?', slice);
    // A slice stays with the evidence of its failures.
    db.run('DELETE FROM slice WHERE id = ? AND id NOT IN (SELECT slice FROM evidence)', slice);
  }
  if (found.length > 0) db.run('UPDATE campaign SET dropped = dropped + ?', found.length);
  return found.length;
}

/**
 * Executions that have ended, and whose intervals have arrived without a gap. The newest slice and the one of the newest interval stay: no
 * id is given twice, and the time of the soak is that of an interval.
 */
const OLD = `
  SELECT execution.slice AS slice, uuid FROM execution JOIN slice ON slice.id = execution.slice
  WHERE start_ms < ? AND ended != 0
    AND (SELECT coalesce(max(end_ms), 0) FROM interval WHERE interval.slice = execution.slice) < ?
    AND (SELECT count(*) = max(number) + 1 FROM delivery WHERE execution = execution.slice)
    AND execution.slice < (SELECT max(id) FROM slice)
    AND execution.slice != (SELECT slice FROM interval ORDER BY id DESC LIMIT 1)
  ORDER BY execution.slice LIMIT ?`;
