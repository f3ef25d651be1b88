/**
 * Executions of which all has arrived and nothing is kept but that they are known: what is delivered of one again counts for nothing. A
 * worker numbers its executions at the end of their ids, so those that follow each other are one line. Called by fleetRecords.ts and
 * oldExecutions.ts.
 */

import type { SoakDatabase } from './database.js';

/** Digits at the end of an id, behind the last hyphen. */
const DIGITS = 12;

interface Range {
  readonly first: string;
  readonly last: string;
}

/** Returns whether all of an execution has arrived long ago. */
export function isClosed(db: SoakDatabase, uuid: string): boolean {
  const [prefix, number] = partsOf(uuid);
  return (rangeUpTo(db, prefix, number)?.last ?? '') >= number;
}

/** Notes that all of an execution has arrived. */
export function close(db: SoakDatabase, uuid: string): void {
  const [prefix, number] = partsOf(uuid);
  const before = rangeUpTo(db, prefix, number);
  if (before !== undefined && before.last >= number) return;
  const behind = db.get(BEHIND, prefix, next(number)) as Range | undefined;
  const first = before !== undefined && next(before.last) === number ? before.first : number;
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

/** Returns what is in front of the number of an execution, and the number: digits of one length, so texts have the order of numbers. */
function partsOf(uuid: string): readonly [prefix: string, number: string] {
  const id = uuid.toLowerCase();
  return [id.slice(0, -DIGITS), id.slice(-DIGITS)];
}

/** Returns the number behind one; behind the largest there is none, and the text is no number of an execution. */
function next(number: string): string {
  return (parseInt(number, 16) + 1).toString(16).padStart(DIGITS, '0');
}
