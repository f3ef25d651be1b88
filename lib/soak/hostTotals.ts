/** Queries for the sums of every row of a fleet by host. Called by fleetRecords.ts. */

import type { HostTotals } from '../report/soak/fleetDocument.js';
import type { CountedOutcome } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';

/** Returns the sums of every row on every host that has run it. */
export function hostTotalsOf(db: SoakDatabase): HostTotals[] {
  const outcomes = new Map<string, CountedOutcome[]>();
  for (const { row, host, signature, count } of db.all(OUTCOMES) as Counted[]) {
    const key = `${row} ${host}`;
    outcomes.set(key, [...(outcomes.get(key) ?? []), { signature, count }]);
  }
  // As one text: forty thousand rows of a large fleet would take longer to fetch than to add up.
  const [{ json }] = db.all(`SELECT json_group_array(json_array(${FIELDS.join(', ')})) AS json FROM (${TOTALS})`) as [
    { json: string },
  ];
  return (JSON.parse(json) as Fields[]).map((fields) => {
    const [row, host, slices, harnessErrors, seconds, trials, failures, nearMisses, provedAtMs, trialsSinceProof] =
      fields;
    const counts = { seconds, trials, failures, nearMisses, outcomes: outcomes.get(`${row} ${host}`) ?? [] };
    return { row, host, slices, harnessErrors, provedAtMs, trialsSinceProof, ...counts };
  });
}

/** The values of FIELDS. */
type Fields = [
  row: number,
  host: number,
  slices: number,
  harnessErrors: number,
  seconds: number,
  trials: number,
  failures: number,
  nearMisses: number,
  provedAtMs: number | null,
  trialsSinceProof: number,
];

const FIELDS = [
  'row',
  'host',
  'slices',
  'harnessErrors',
  'seconds',
  'trials',
  'failures',
  'nearMisses',
  'provedAtMs',
  'trialsSinceProof',
] as const satisfies readonly (keyof HostTotals)[];

interface Counted extends CountedOutcome {
  readonly row: number;
  readonly host: number;
}

const ON_HOST = 'interval JOIN slice ON slice.id = interval.slice JOIN execution ON execution.slice = slice.id';

const TOTALS = `
  WITH sums AS (
    SELECT slice.row AS row, host, sum(seconds) AS seconds, sum(trials) AS trials, sum(failures) AS failures,
      sum(near_misses) AS nearMisses
    FROM ${ON_HOST} GROUP BY slice.row, host
  ), slices AS (
    SELECT slice.row AS row, host, count(*) AS slices, count(harness_error) AS harnessErrors
    FROM slice JOIN execution ON execution.slice = slice.id GROUP BY slice.row, host
  ), proof AS (
    SELECT slice.row AS row, host, max(interval.end_ms) AS at
    FROM ${ON_HOST} JOIN outcome ON outcome.interval = interval.id
      JOIN row ON row.id = slice.row AND row.expected = outcome.signature
    GROUP BY slice.row, host
  ), since AS (
    SELECT slice.row AS row, execution.host AS host, sum(interval.trials) AS trials
    FROM ${ON_HOST} JOIN proof ON proof.row = slice.row AND proof.host = execution.host AND interval.end_ms > proof.at
    GROUP BY slice.row, execution.host
  )
  SELECT slices.row AS row, slices.host AS host, slices.slices AS slices, harnessErrors, coalesce(seconds, 0) AS seconds,
    coalesce(sums.trials, 0) AS trials, coalesce(failures, 0) AS failures, coalesce(nearMisses, 0) AS nearMisses, proof.at AS provedAtMs,
    coalesce(since.trials, 0) AS trialsSinceProof
  FROM slices LEFT JOIN sums ON sums.row = slices.row AND sums.host = slices.host
    LEFT JOIN proof ON proof.row = slices.row AND proof.host = slices.host
    LEFT JOIN since ON since.row = slices.row AND since.host = slices.host
  ORDER BY slices.row, slices.host`;

const OUTCOMES = `
  SELECT slice.row AS row, host, signature, sum(count) AS count
  FROM ${ON_HOST} JOIN outcome ON outcome.interval = interval.id
  GROUP BY slice.row, host, signature ORDER BY slice.row, host, signature`;
