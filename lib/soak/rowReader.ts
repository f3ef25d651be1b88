/** Reads rows of SQLite without trusting their text. Used by database.ts and by the checks of a store. */

import type { Bound, Sqlite, SqliteStatement } from './sqlite.js';

/** The value of a column. */
export type StoredValue = Bound;

/** Thrown for a text that is not UTF-8. */
export class NotUtf8Error extends Error {
  readonly column: string;

  constructor(column: string) {
    super(`the text in ${column} is not UTF-8`);
    this.column = column;
  }
}

/**
 * Reads texts as bytes, together with the type of each value. Node would replace what is not UTF-8, and libsql ends the whole process for a text that is not UTF-8, and a
 * single flipped bit on the disk can cause that.
 */
export class RowReader {
  readonly #db: Sqlite;
  /** Prepared queries by their text; each one holds native memory until it is collected. */
  readonly #queries = new Map<string, Query>();

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Returns the rows of a query, in its order. Throws NotUtf8Error. */
  all(sql: string, ...values: readonly StoredValue[]): Readonly<Record<string, StoredValue>>[] {
    let query = this.#queries.get(sql);
    if (query === undefined) this.#queries.set(sql, (query = queryOf(this.#db, sql, values)));
    const { names, statement } = query;
    return statement
      .all(values)
      .map((row) =>
        Object.fromEntries(names.map((name, i) => [name, valueOf(name, row[`t${i}`] as string, row[`v${i}`])])),
      );
  }
}

interface Query {
  readonly names: readonly string[];
  readonly statement: SqliteStatement;
}

/** Wraps a query, whose names are those of a row without values. The order of the inner query stays: SQLite may drop it only if the outer one joins, groups or orders. */
function queryOf(db: Sqlite, sql: string, values: readonly StoredValue[]): Query {
  const [row] = db.prepare(`SELECT q.* FROM (SELECT 1) LEFT JOIN (${sql}) q ON FALSE`).all(values);
  const names = Object.keys(row);
  const columns = names.map(
    (name, i) =>
      `typeof("${name}") AS t${i}, CASE WHEN typeof("${name}") = 'text' THEN CAST("${name}" AS BLOB) ELSE "${name}" END AS v${i}`,
  );
  return { names, statement: db.prepare(`SELECT ${columns.join(', ')} FROM (${sql})`) };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function valueOf(column: string, type: string, value: unknown): StoredValue {
  if (type !== 'text' && type !== 'blob') return value as number | null;
  const bytes = Buffer.from(value as ArrayBuffer);
  if (type === 'blob') return bytes;
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new NotUtf8Error(column);
  }
}
