/** Queries for the sums of every row of a fleet by host. Called by fleetRecords.ts. */

import type { HostTotals } from '../report/soak/fleetDocument.js';
import type { CountedOutcome } from '../statistics/counts.js';
import type { SoakDatabase } from './database.js';

/** Returns the sums of every row on every host that has run it. */
export function hostTotalsOf(db: SoakDatabase): HostTotals[] {
  const outcomes = outcomesOf(db);
  // As one text: forty thousand rows of a large fleet would take longer to fetch than to add up.
  const [{ json }] = db.all(`SELECT json_group_array(json_array(${FIELDS.join(', ')})) AS json FROM (${TOTALS})`) as [
    { json: string },
  ];
  return (JSON.parse(json) as Fields[]).map((fields) => {
    const [row, host, slices, harnessErrors, seconds, trials, failures, nearMisses, provedAtMs, trialsSinceProof] =
      fields;
    const counts = { seconds, trials, failures, nearMisses, outcomes: outcomes.get(row)?.get(host) ?? NONE };
    return { row, host, slices, harnessErrors, provedAtMs, trialsSinceProof, ...counts };
  });
}

/** Returns the outcomes by row and host. */
function outcomesOf(db: SoakDatabase): Map<number, Map<number, CountedOutcome[]>> {
  const [{ json }] = db.all(OUTCOMES) as [{ json: string }];
  const all = new Map<number, Map<number, CountedOutcome[]>>();
  for (const [row, host, signature, count] of JSON.parse(json) as [number, number, string, number][]) {
    let ofRow = all.get(row);
    if (ofRow === undefined) all.set(row, (ofRow = new Map()));
    const known = ofRow.get(host);
    if (known === undefined) ofRow.set(host, [{ signature, count }]);
    else known.push({ signature, count });
  }
  return all;
}

const NONE: readonly CountedOutcome[] = [];

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

const TOTALS = `
  SELECT row, host, slices, harness_errors AS harnessErrors, seconds, trials, failures, near_misses AS nearMisses,
    proved_at_ms AS provedAtMs, trials_since_proof AS trialsSinceProof
  FROM sum_host ORDER BY row, host`;

const OUTCOMES = `
  SELECT json_group_array(json_array(row, host, signature, count)) AS json
  FROM (SELECT row, host, signature, count FROM sum_outcome WHERE host > 0 ORDER BY row, host, signature)`;
