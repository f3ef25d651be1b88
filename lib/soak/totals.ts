/** Queries for the sums of every row of a soak. Called by store.ts. */

import type { RowTotals } from '../report/soak/document.js';
import { groups } from '../report/soak/groups.js';
import { codeMark, type OfCode } from '../report/words/world.js';
import type { CountedOutcome, Counts } from '../statistics/counts.js';
import { classFiguresOf } from './classes.js';
import type { SoakDatabase } from './database.js';
import type { StoredExpectation } from './row.js';

type Stored = Omit<RowTotals, 'outcomes' | 'classes' | keyof OfCode | keyof StoredExpectation> & {
  readonly declared: string | null;
  readonly expectation: string | null;
  readonly instrumented: number;
  readonly code: 'javascript' | null;
};

/** The expectation in a store that was begun without it. */
const NOT_TOLD = { alsoFails: null, minority: null, twin: null, failsAtLeast: null };

/** What the intervals of a row say. */
export type RowSums = Counts & Pick<RowTotals, 'spentMs' | 'provedAtMs' | 'trialsSinceProof'>;

/** Returns the sums of every row, in the order of the campaign. */
export function rowTotalsOf(db: SoakDatabase): RowTotals[] {
  const outcomes = groups(db.all(OUTCOMES) as (CountedOutcome & { row: number })[], ({ row }) => row);
  return withExpectations(db, db.all(TOTALS) as Stored[], (row) => outcomes.get(row) ?? []);
}

/** Returns the same where somebody has added up the intervals already. */
export function rowTotalsWith(db: SoakDatabase, sumsOf: (row: number) => RowSums): RowTotals[] {
  const rows = db.all(ROWS) as Omit<Stored, keyof RowSums>[];
  const sums = new Map(rows.map(({ id }) => [id, sumsOf(id)]));
  const all = rows.map((row): Stored => {
    const { outcomes: _, ...sum } = sums.get(row.id)!;
    return { ...row, ...sum };
  });
  return withExpectations(db, all, (row) => sums.get(row)!.outcomes);
}

function withExpectations(
  db: SoakDatabase,
  rows: readonly Stored[],
  outcomesOf: (row: number) => readonly CountedOutcome[],
): RowTotals[] {
  const classes = classFiguresOf(db);
  return rows.map(({ declared, expectation, instrumented, code, ...row }) => {
    const known = declared === null ? null : (JSON.parse(declared) as string[]);
    return {
      ...row,
      ...codeMark(code === 'javascript', instrumented === 1),
      classes: classes.get(row.id) ?? null,
      ...(expectation === null ? NOT_TOLD : (JSON.parse(expectation) as StoredExpectation)),
      outcomes: outcomesOf(row.id).map(({ signature, count }) => ({
        signature,
        count,
        declared: known === null || known.includes(signature),
      })),
    };
  });
}

/** Null if no slice has both, or no time has passed. */
const SHARE = 'sum(cpu_ms) / (sum(cpu_ms) + sum(cpu_waited_ms))';

/** Returns the share of the CPU time wanted by all threads that they received; null if it is not known. */
export function processorShareOf(db: SoakDatabase): number | null {
  return (db.get(`SELECT ${SHARE} AS share FROM slice`) as { share: number | null } | undefined)?.share ?? null;
}

const SLICES = `slices AS (
    SELECT row, count(*) AS slices, count(harness_error) AS harnessErrors, max(start_ms) AS triedAtMs,
      sum(host_stalls) AS hostStalls, sum(host_stall_ms) AS hostStallMs, sum(workers_replaced) AS workersReplaced,
      ${SHARE} AS processorShare
    FROM slice GROUP BY row
  )`;

/** What is known of a row but for its intervals. */
const FACTS = `row.id, key, race, typed, name, variant, knobs, cpus, sync, memory, instrumented, code, expected, weight, repeat, declared, source, revision,
    expectation, coalesce(slices.slices, 0) AS slices, coalesce(harnessErrors, 0) AS harnessErrors,
    (SELECT harness_error FROM slice WHERE slice.row = row.id AND harness_error IS NOT NULL ORDER BY id LIMIT 1) AS harnessError,
    coalesce(hostStalls, 0) AS hostStalls, coalesce(hostStallMs, 0) AS hostStallMs, coalesce(workersReplaced, 0) AS workersReplaced,
    processorShare, triedAtMs`;

const ROWS = `WITH ${SLICES} SELECT ${FACTS} FROM row LEFT JOIN slices ON slices.row = row.id ORDER BY row.id`;

const TOTALS = `
  WITH sums AS (
    SELECT slice.row, sum(end_ms - interval.start_ms) AS spentMs, sum(seconds) AS seconds, sum(trials) AS trials,
      sum(failures) AS failures, sum(near_misses) AS nearMisses
    FROM interval JOIN slice ON slice.id = interval.slice GROUP BY slice.row
  ), ${SLICES}, proof AS (
    SELECT slice.row, max(interval.end_ms) AS at
    FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
      JOIN row ON row.id = slice.row AND row.expected = outcome.signature
    GROUP BY slice.row
  ), since AS (
    SELECT slice.row, sum(interval.trials) AS trials
    FROM interval JOIN slice ON slice.id = interval.slice JOIN proof ON proof.row = slice.row AND interval.end_ms > proof.at
    GROUP BY slice.row
  )
  SELECT ${FACTS}, coalesce(spentMs, 0) AS spentMs, coalesce(sums.seconds, 0) AS seconds, coalesce(sums.trials, 0) AS trials,
    coalesce(failures, 0) AS failures, coalesce(nearMisses, 0) AS nearMisses, proof.at AS provedAtMs,
    coalesce(since.trials, 0) AS trialsSinceProof
  FROM row LEFT JOIN sums ON sums.row = row.id LEFT JOIN slices ON slices.row = row.id LEFT JOIN proof ON proof.row = row.id
    LEFT JOIN since ON since.row = row.id
  ORDER BY row.id`;

const OUTCOMES = `
  SELECT slice.row AS row, signature, sum(count) AS count
  FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
  GROUP BY slice.row, signature ORDER BY slice.row, signature`;
