/**
 * Checks every value of a store against its column, and the relations between rows. Called when a store is opened
 * (openFile.ts) and by soundness.ts.
 */

import * as a from './column.js';
import type { Column } from './column.js';
import { NotUtf8Error, type StoredValue, type RowReader } from './rowReader.js';

interface Table {
  /** The column that names its rows. */
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
}

const isListOf = (value: unknown, type: 'string' | 'number'): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === type);

const names = a.json((value) => isListOf(value, 'string'), 'a list of texts');
const knobs = a.json(
  (value) => typeof value === 'object' && value !== null && isListOf(Object.values(value), 'string'),
  'texts by their names',
);
const loads = a.json((value) => isListOf(value, 'number'), 'a list of numbers');

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isShareOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && value > 0 && value <= 1);

/** A StoredExpectation. */
const expectation = a.json((value) => {
  if (typeof value !== 'object' || value === null) return false;
  const { alsoFails, minority, twin, failsAtLeast } = value as Readonly<Record<string, unknown>>;
  return isListOf(alsoFails, 'string') && isTextOrNull(minority) && isTextOrNull(twin) && isShareOrNull(failsAtLeast);
}, 'alsoFails, minority, twin and failsAtLeast');

/** FleetHostFacts. */
const facts = a.json((value) => {
  if (typeof value !== 'object' || value === null) return false;
  const { cores, memoryMb, ...texts } = value as Readonly<Record<string, unknown>>;
  return isListOf([cores, memoryMb], 'number') && isListOf(Object.values(texts), 'string');
}, 'the facts about a host');

/** The tables of a store in the newest version of its schema. */
export const TABLES: Readonly<Record<string, Table>> = {
  campaign: {
    key: 'id',
    columns: {
      id: a.id,
      name: a.text,
      at: a.date,
      seed: a.whole(0, 2 ** 32 - 1),
      budget_ms: a.budget,
      slice_ms: a.budget,
      prove_every_ms: a.budget,
      elapsed_ms: a.time,
      ended_at: a.orNull(a.date),
      tuning: a.orNull(a.text),
      classes: a.whole(0, 1),
      fleet: a.orNull(a.text),
      dropped: a.count,
      stretch_ms: a.id,
    },
  },
  owner: { key: 'id', columns: { id: a.id, host: a.text, pid: a.id, started: a.text } },
  row: {
    key: 'id',
    columns: {
      id: a.id,
      key: a.text,
      race: a.text,
      typed: a.text,
      name: a.text,
      variant: a.text,
      knobs,
      cpus: a.whole(1, 64),
      machines: a.whole(1, 4096),
      sync: a.sync,
      memory: a.memory,
      instrumented: a.whole(0, 1),
      code: a.orNull(a.wordOf('javascript')),
      weight: a.positive(1000),
      expected: a.orNull(a.text),
      repeat: a.text,
      declared: a.orNull(names),
      expectation: a.orNull(expectation),
      source: a.orNull(a.hash),
      revision: a.orNull(a.text),
    },
  },
  session: {
    key: 'id',
    columns: {
      id: a.id,
      at: a.date,
      pid: a.id,
      host: a.text,
      ended_at: a.orNull(a.date),
      reason: a.orNull(a.text),
    },
  },
  host: {
    key: 'session',
    columns: {
      session: a.id,
      version: a.text,
      node: a.text,
      platform: a.text,
      arch: a.text,
      cores: a.whole(1, 2 ** 20),
      cpu_model: a.text,
      loadavg: loads,
    },
  },
  slice: {
    key: 'id',
    columns: {
      id: a.id,
      session: a.id,
      row: a.id,
      at: a.date,
      start_ms: a.time,
      seed: a.whole(0, 2 ** 32 - 1),
      ended: a.whole(0, 3),
      harness_error: a.orNull(a.text),
      host_stalls: a.count,
      host_stall_ms: a.time,
      workers_replaced: a.count,
      cpu_ms: a.orNull(a.time),
      cpu_waited_ms: a.orNull(a.time),
    },
  },
  interval: {
    key: 'id',
    columns: {
      id: a.id,
      slice: a.id,
      start_ms: a.time,
      end_ms: a.timeFrom('start_ms'),
      seconds: a.time,
      trials: a.count,
      failures: a.count,
      near_misses: a.count,
      rss_mb: a.orNull(a.number(0, 1e9)),
    },
  },
  outcome: { key: 'interval', columns: { interval: a.id, signature: a.text, count: a.count } },
  evidence: {
    key: 'id',
    columns: {
      id: a.id,
      slice: a.id,
      row: a.id,
      signature: a.text,
      report: a.text,
      file: a.orNull(a.bytes),
      sha256: a.orNull(a.hash),
    },
  },
  classes: {
    key: 'row',
    columns: {
      row: a.id,
      classes: a.orNull(a.count),
      reason: a.orNull(a.text),
      identity: a.orNull(a.hash),
      sampled: a.count,
      unclear: a.count,
      crowded: a.count,
      unknown: a.count,
    },
  },
  class_met: { key: 'row', columns: { row: a.id, class: a.hash, ms: a.time } },
  fleet_host: {
    key: 'id',
    columns: { id: a.id, name: a.text, facts, first_at: a.date, last_at: a.date },
  },
  execution: { key: 'slice', columns: { slice: a.id, uuid: a.text, host: a.id, job: a.text } },
  delivery: { key: 'execution', columns: { execution: a.id, number: a.count } },
  closed_execution: { key: 'id', columns: { id: a.id, prefix: a.text, first: a.text, last: a.text } },
  sum_row: {
    key: 'row',
    columns: {
      row: a.id,
      slices: a.count,
      harness_errors: a.count,
      harness_error: a.orNull(a.text),
      host_stalls: a.count,
      host_stall_ms: a.total,
      workers_replaced: a.count,
      cpu_ms: a.orNull(a.total),
      cpu_waited_ms: a.orNull(a.total),
      tried_at_ms: a.orNull(a.time),
      spent_ms: a.total,
      seconds: a.total,
      trials: a.count,
      failures: a.count,
      near_misses: a.count,
      proved_at_ms: a.orNull(a.time),
      trials_since_proof: a.count,
      failed_at_ms: a.orNull(a.time),
      trials_since_failure: a.count,
    },
  },
  sum_host: {
    key: 'row',
    columns: {
      row: a.id,
      host: a.id,
      slices: a.count,
      harness_errors: a.count,
      seconds: a.total,
      trials: a.count,
      failures: a.count,
      near_misses: a.count,
      proved_at_ms: a.orNull(a.time),
      trials_since_proof: a.count,
    },
  },
  sum_session: {
    key: 'row',
    columns: {
      row: a.id,
      session: a.id,
      slices: a.count,
      harness_errors: a.count,
      start_ms: a.orNull(a.time),
      end_ms: a.orNull(a.time),
      seconds: a.total,
      trials: a.count,
      failures: a.count,
      rss_mb: a.orNull(a.number(0, 1e9)),
    },
  },
  sum_outcome: {
    key: 'row',
    columns: {
      row: a.id,
      host: a.count,
      signature: a.text,
      count: a.count,
      first_ms: a.time,
      last_ms: a.timeFrom('first_ms'),
    },
  },
  sum_hour: {
    key: 'row',
    columns: {
      row: a.id,
      hour: a.count,
      seconds: a.total,
      trials: a.count,
      failures: a.count,
      rss_mb: a.orNull(a.number(0, 1e9)),
    },
  },
  sum_stretch: {
    key: 'row',
    columns: {
      row: a.id,
      stretch: a.count,
      seconds: a.total,
      trials: a.count,
      failures: a.count,
      rss_mb: a.orNull(a.number(0, 1e9)),
    },
  },
  sum_memory: { key: 'session', columns: { session: a.id, stretch: a.count, samples: a.id, ms: a.total, mb: a.total } },
  event: { key: 'id', columns: { id: a.id, at: a.date, elapsed_ms: a.time, kind: a.text, text: a.text } },
};

/** Returns the first wrong value of a store in one line that names table, row and column; null if there is none. */
export function wrongContents(reader: RowReader): string | null {
  for (const [name, table] of Object.entries(TABLES)) {
    const wrong = wrongValue(reader, name, table) ?? wrongText(reader, name, table);
    if (wrong !== null) return wrong;
  }
  return wrongRelation(reader);
}

function wrongValue(reader: RowReader, name: string, { key, columns }: Table): string | null {
  const cases = Object.entries(columns).map(
    ([column, { isRight }]) => `WHEN NOT (${isRight(column)}) THEN '${column}'`,
  );
  const number = `CASE typeof(${key}) WHEN 'integer' THEN ${key} END`;
  const sql = `SELECT ${number} AS key, CASE ${cases.join(' ')} END AS wrong FROM ${name} WHERE wrong IS NOT NULL LIMIT 1`;
  const [found] = reader.all(sql);
  if (found === undefined) return null;
  const column = found['wrong'] as string;
  const [{ value }] = reader.all(
    `SELECT CASE typeof(${column}) WHEN 'text' THEN quote(CAST(${column} AS BLOB)) ELSE quote(${column}) END AS value
     FROM ${name} WHERE ${number} IS ? AND NOT (${columns[column].isRight(column)}) LIMIT 1`,
    found['key'],
  );
  return `${where(name, found['key'], column)} is ${shown(value as string)}, must be ${columns[column].allowed}`;
}

/** Checks the texts of a table, each distinct text once. */
function wrongText(reader: RowReader, name: string, { key, columns }: Table): string | null {
  for (const [column, { isText, fits, allowed }] of Object.entries(columns)) {
    if (!isText) continue;
    try {
      const texts = reader.all(`SELECT DISTINCT ${column} AS text FROM ${name} WHERE ${column} IS NOT NULL`);
      const wrong = fits === undefined ? undefined : texts.find(({ text }) => !fits(text as string));
      if (wrong === undefined) continue;
      const [found] = reader.all(`SELECT ${key} AS key FROM ${name} WHERE ${column} = ? LIMIT 1`, wrong['text']);
      return `${where(name, found['key'], column)} is ${shown(wrong['text'] as string)}, must be ${allowed}`;
    } catch (error) {
      if (!(error instanceof NotUtf8Error)) throw error;
      return `${where(name, keyOfBadText(reader, name, key, column), column)} is not UTF-8, must be ${allowed}`;
    }
  }
  return null;
}

function keyOfBadText(reader: RowReader, name: string, key: string, column: string): StoredValue {
  for (const { id } of reader.all(`SELECT DISTINCT ${key} AS id FROM ${name}`)) {
    try {
      reader.all(`SELECT ${column} AS text FROM ${name} WHERE ${key} IS ?`, id);
    } catch {
      return id;
    }
  }
  return null;
}

/** Checks the relations between rows. */
function wrongRelation(reader: RowReader): string | null {
  const [orphan] = reader.all('SELECT "table" AS name, rowid AS id, parent FROM pragma_foreign_key_check LIMIT 1');
  if (orphan !== undefined) {
    return where(String(orphan['name']), orphan['id'], `names a ${String(orphan['parent'])} that does not exist`);
  }
  const [{ elapsed, last }] = reader.all(
    'SELECT (SELECT elapsed_ms FROM campaign) AS elapsed, (SELECT coalesce(max(end_ms), 0) FROM interval) AS last',
  );
  if (elapsed !== null && elapsed !== last)
    return `table campaign, row 1: elapsed_ms is ${Number(elapsed)}, must be where the last interval ends: ${Number(last)}`;
  return wrongSum(reader);
}

/** What claims rest on, with what the intervals that are kept say. */
const SUMS = {
  sum_row: `
    SELECT sum_row.row AS row, sum_row.trials AS trials, sum_row.failures AS failures, sum_row.near_misses AS nearMisses,
      coalesce(sum(interval.trials), 0) AS keptTrials, coalesce(sum(interval.failures), 0) AS keptFailures,
      coalesce(sum(interval.near_misses), 0) AS keptNearMisses
    FROM sum_row LEFT JOIN slice ON slice.row = sum_row.row LEFT JOIN interval ON interval.slice = slice.id GROUP BY sum_row.row`,
  sum_outcome: `
    WITH kept AS (
      SELECT row, signature, sum(count) AS count FROM outcome JOIN interval ON interval.id = outcome.interval
        JOIN slice ON slice.id = interval.slice GROUP BY row, signature
    ), summed AS (
      SELECT row, signature, sum(count) AS count FROM sum_outcome GROUP BY row, signature
    )
    SELECT kept.row AS row, coalesce(summed.count, 0) AS count, kept.count AS keptCount
    FROM kept LEFT JOIN summed ON summed.row = kept.row AND summed.signature = kept.signature`,
} as const;

/** Compares sums with what they are the sums of. Where executions were dropped they are larger. */
function wrongSum(reader: RowReader): string | null {
  const [campaign] = reader.all('SELECT dropped FROM campaign');
  const isWhole = campaign?.['dropped'] === 0;
  for (const [table, sql] of Object.entries(SUMS)) {
    for (const { row, ...found } of reader.all(sql)) {
      for (const [name, sum] of Object.entries(found).filter(([key]) => !key.startsWith('kept'))) {
        const kept = Number(found[`kept${name[0].toUpperCase()}${name.slice(1)}`]);
        if (isWhole ? Number(sum) === kept : Number(sum) >= kept) continue;
        return where(table, row, `${name} is ${Number(sum)}, must be what its intervals say: ${kept}`);
      }
    }
  }
  return null;
}

function where(table: string, key: StoredValue, column: string): string {
  return `table ${table}, row ${typeof key === 'number' ? key : 'without a number'}: ${column}`;
}

const SHOWN_MAX = 40;

/** Returns a value on one line without control characters. */
function shown(value: string): string {
  const safe = value.replace(/[^\x20-\x7e]/g, '?');
  return safe.length > SHOWN_MAX ? `${safe.slice(0, SHOWN_MAX)}…` : safe;
}
