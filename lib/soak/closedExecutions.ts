/**
 * Executions of which all has arrived and nothing is kept but that they are known: what is delivered of one again counts for nothing.
 * Those whose ids follow each other are one line. Called by fleetRecords.ts and oldExecutions.ts.
 */

import type { SoakDatabase } from './database.js';
import { numberBehind, partsOfId } from './executionIds.js';

interface Range {
  readonly first: string;
  readonly last: string;
}

/** Returns whether all of an execution has arrived long ago. */
export function isClosed(db: SoakDatabase, uuid: string): boolean {
  const [prefix, number] = partsOfId(uuid);
  return (rangeUpTo(db, prefix, number)?.last ?? '') >= number;
}

/** Notes that all of an execution has arrived. */
export function close(db: SoakDatabase, uuid: string): void {
  const [prefix, number] = partsOfId(uuid);
  const before = rangeUpTo(db, prefix, number);
  if (before !== undefined && before.last >= number) return;
  const behind = db.get(BEHIND, prefix, numberBehind(number)) as Range | undefined;
  const first = before !== undefined && numberBehind(before.last) === number ? before.first : number;
  if (behind !== undefined) db.run('DELETE FROM closed_execution WHERE prefix = ? AND first = ?', prefix, behind.first);
  db.run(KEEP, prefix, first, behind?.last ?? number);
}

/** The last range that begins at a number or in front of it. */
const UP_TO = 'SELECT first, last FROM closed_execution WHERE prefix = ? AND first <= ? ORDER BY first DESC LIMIT 1';
const BEHIND = 'SELECT first, last FROM closed_execution WHERE prefix = ? AND first = ?';
const KEEP = `
  INSERT INTO closed_execution (prefix, first, last) VALUES (?, ?, ?) ON CONFLICT (prefix, first) DO UPDATE SET last = excluded.last`;

function rangeUpTo(db: SoakDatabase, prefix: string, number: string): Range | undefined {
  return db.get(UP_TO, prefix, number) as Range | undefined;
}
