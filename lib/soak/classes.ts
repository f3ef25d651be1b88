/** Reads and writes the classes of orders in a store. Called by store.ts. */

import type { RowClassFigures, ClassesOverTime } from '../report/soak/document.js';
import type { SoakDatabase } from './database.js';

/** Trials whose class was looked for. The fields are explained in ClassFigures. */
export interface SampledTrials {
  readonly sampled: number;
  readonly unclear: number;
  readonly crowded: number;
  readonly unknown: number;
}

/** How many classes of orders a row has. */
export interface ClassRecord {
  /** Null if they are not counted, and `reason` says why. */
  readonly classes: number | null;
  readonly reason: string | null;
  /** Names all of them together; null if they are not counted. */
  readonly identity: string | null;
}

/** What a host of a fleet says of the classes of a row, and which it has met since the last time. */
export interface DeliveredClasses extends ClassRecord, SampledTrials {
  readonly met: readonly string[];
}

const STRETCHES = 60;

/** Writes how many classes a row has. What was met of others, which an older search counted, is dropped. */
export function beginClasses(db: SoakDatabase, row: number, { classes, reason, identity }: ClassRecord): void {
  const known = db.get('SELECT identity FROM classes WHERE row = ?', row) as { identity: string | null } | undefined;
  if (known !== undefined && known.identity === identity) return;
  db.run('DELETE FROM class_met WHERE row = ?', row);
  db.run('DELETE FROM classes WHERE row = ?', row);
  db.insert('classes', { row, classes, reason, identity });
}

export function addMet(db: SoakDatabase, row: number, classes: readonly string[], elapsedMs: number): void {
  for (const each of classes) db.run('INSERT OR IGNORE INTO class_met VALUES (?, ?, ?)', row, each, elapsedMs);
}

export function addSampled(db: SoakDatabase, row: number, counts: SampledTrials): void {
  const { sampled, unclear, crowded, unknown } = counts;
  db.run(
    'UPDATE classes SET sampled = sampled + ?, unclear = unclear + ?, crowded = crowded + ?, unknown = unknown + ? WHERE row = ?',
    sampled,
    unclear,
    crowded,
    unknown,
    row,
  );
}

/** Returns the figures of each row whose classes were asked for, by its id. */
export function classFiguresOf(db: SoakDatabase): ReadonlyMap<number, RowClassFigures> {
  const stored = db.all(FIGURES) as (RowClassFigures & { readonly row: number })[];
  return new Map(stored.map(({ row, ...figures }) => [row, figures]));
}

const FIGURES = `
  SELECT classes.row, classes, reason, sampled, unclear, crowded, unknown, count(class_met.row) AS met, max(ms) AS lastNewMs
  FROM classes LEFT JOIN class_met ON class_met.row = classes.row GROUP BY classes.row`;

/** Returns how many classes each row had met by then, at no more than 60 moments for each. */
export function classesOverTimeOf(db: SoakDatabase, elapsedMs: number): ClassesOverTime[] {
  const lengthMs = Math.max(1, elapsedMs / STRETCHES);
  const points = db.all(OVER_TIME, lengthMs) as { row: number; ms: number; fresh: number }[];
  const rows = [...new Set(points.map(({ row }) => row))];
  return rows.map((row) => {
    let met = 0;
    const mine = points.filter((point) => point.row === row);
    return { row, points: mine.map(({ ms, fresh }) => ({ ms, met: (met += fresh) })) };
  });
}

const OVER_TIME = `
  SELECT row, max(ms) AS ms, count(*) AS fresh FROM class_met
  GROUP BY row, CAST(ms / ? AS INTEGER) ORDER BY row, ms`;
