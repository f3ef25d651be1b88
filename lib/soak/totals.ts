/** Queries for the sums of every row of a soak. Called by store.ts. */

import type { RowTotals } from '../report/soak/document.js';
import { groups } from '../report/soak/groups.js';
import { codeMark, type OfCode } from '../report/words/world.js';
import type { CountedOutcome } from '../statistics/counts.js';
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

/** Returns the sums of every row, in the order of the campaign. */
export function rowTotalsOf(db: SoakDatabase): RowTotals[] {
  const outcomes = groups(db.all(OUTCOMES) as (CountedOutcome & { row: number })[], ({ row }) => row);
  return withExpectations(db, db.all(TOTALS) as Stored[], (row) => outcomes.get(row) ?? []);
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
const SHARE = 'cpu_ms / (cpu_ms + cpu_waited_ms)';

/** Returns the share of the CPU time wanted by all threads that they received; null if it is not known. */
export function processorShareOf(db: SoakDatabase): number | null {
  const all = 'SELECT sum(cpu_ms) AS cpu_ms, sum(cpu_waited_ms) AS cpu_waited_ms FROM sum_row';
  return (db.get(`SELECT ${SHARE} AS share FROM (${all})`) as { share: number | null }).share;
}

const TOTALS = `
  SELECT row.id, key, race, typed, name, variant, knobs, cpus, sync, memory, instrumented, code, expected, weight, repeat, declared, source,
    revision, expectation, coalesce(slices, 0) AS slices, coalesce(harness_errors, 0) AS harnessErrors, harness_error AS harnessError,
    coalesce(host_stalls, 0) AS hostStalls, coalesce(host_stall_ms, 0) AS hostStallMs, coalesce(workers_replaced, 0) AS workersReplaced,
    ${SHARE} AS processorShare, tried_at_ms AS triedAtMs, coalesce(spent_ms, 0) AS spentMs, coalesce(seconds, 0) AS seconds,
    coalesce(trials, 0) AS trials, coalesce(failures, 0) AS failures, coalesce(near_misses, 0) AS nearMisses,
    proved_at_ms AS provedAtMs, coalesce(trials_since_proof, 0) AS trialsSinceProof
  FROM row LEFT JOIN sum_row ON sum_row.row = row.id ORDER BY row.id`;

const OUTCOMES = `
  SELECT row, signature, sum(count) AS count FROM sum_outcome GROUP BY row, signature ORDER BY row, signature`;
