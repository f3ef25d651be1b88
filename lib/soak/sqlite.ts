/**
 * The SQLite that a store is opened with: the one of Node where Node has one, otherwise libsql, which is an optional package. Called by
 * openFile.ts and soundness.ts; the files beside them know this interface alone.
 */

import { createRequire } from 'node:module';
import type * as Libsql from 'libsql';

/** What a store binds: a list, never an object, which would be read as named values. */
export type Bound = string | number | Buffer | null;

export interface SqliteStatement {
  /** Returns rows by their columns: bytes of a blob, and whole numbers as far as 53 bits hold them. */
  all(values: readonly Bound[]): Readonly<Record<string, unknown>>[];
  run(values: readonly Bound[]): { readonly changes: number; readonly lastInsertRowid: number };
}

/** An open file. Errors have a `code` as SQLite names it, such as SQLITE_BUSY. */
export interface Sqlite {
  /** Whether a transaction is open; SQLite ends one by itself when the disk is full. */
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
  close(): void;
}

/** Each opens a file, or `:memory:`; undefined where it is not there. */
export const SQLITES: Readonly<Record<'node' | 'libsql', (path: string) => Sqlite | undefined>> = {
  node: (path) => {
    const found = nodeSqlite();
    return found === undefined ? undefined : new NodeSqlite(found, path);
  },
  libsql: (path) => {
    const Found = libsql();
    return Found === undefined ? undefined : new LibsqlFile(new Found(path));
  },
};

/** Opens a file, or `:memory:`. Throws Error that says what to install where there is no SQLite. */
export function openSqlite(path: string, sqlites = SQLITES): Sqlite {
  const opened = sqlites.node(path) ?? sqlites.libsql(path);
  if (opened === undefined)
    throw new Error('there is no SQLite: Node.js 22.13 and newer have one, for an older one npm install libsql');
  return opened;
}

/** Sets a pragma, or runs one; what it answers is read to the end. */
export function pragma(db: Sqlite, text: string): void {
  db.prepare(`PRAGMA ${text}`).all([]);
}

/** `node:sqlite`, as far as it is used; the types of Node 20 do not have it. */
interface NodeModule {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

interface NodeDatabase {
  /** Since Node 22.16. */
  readonly isTransaction?: boolean;
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}

interface NodeStatement {
  setReadBigInts(enabled: boolean): void;
  all(...values: readonly Bound[]): Record<string, unknown>[];
  run(...values: readonly Bound[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
}

/** Loads Node's own, which some versions call experimental each time: nothing of that concerns a user. */
function nodeSqlite(): NodeModule | undefined {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning')!;
  process.emitWarning = () => {};
  try {
    return getBuiltinModule?.('node:sqlite') as NodeModule | undefined;
  } finally {
    Object.defineProperty(process, 'emitWarning', emitWarning);
  }
}

function libsql(): typeof Libsql.default | undefined {
  try {
    return createRequire(import.meta.url)('libsql') as typeof Libsql.default;
  } catch {
    return undefined;
  }
}

class NodeSqlite implements Sqlite {
  readonly #db: NodeDatabase;

  constructor({ DatabaseSync }: NodeModule, path: string) {
    this.#db = named(() => new DatabaseSync(path));
  }

  get inTransaction(): boolean {
    if (this.#db.isTransaction !== undefined) return this.#db.isTransaction;
    try {
      // Takes no lock, and is refused inside a transaction.
      this.#db.exec('BEGIN');
    } catch {
      return true;
    }
    this.#db.exec('COMMIT');
    return false;
  }

  prepare(sql: string): SqliteStatement {
    const statement = named(() => this.#db.prepare(sql));
    // What does not fit into a number would be an exception, in files that somebody has damaged.
    statement.setReadBigInts(true);
    return {
      all: (values) =>
        named(() => statement.all(...values)).map((row) => {
          for (const name in row) if (typeof row[name] === 'bigint') row[name] = Number(row[name]);
          return row;
        }),
      run: (values) => {
        const { changes, lastInsertRowid } = named(() => statement.run(...values));
        return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
      },
    };
  }

  exec(sql: string): void {
    named(() => this.#db.exec(sql));
  }

  close(): void {
    named(() => this.#db.close());
  }
}

class LibsqlFile implements Sqlite {
  readonly #db: Libsql.Database;

  constructor(db: Libsql.Database) {
    this.#db = db;
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#db.prepare(sql);
    return {
      all: (values) => statement.all([...values]) as Record<string, unknown>[],
      run: (values) => {
        const { changes, lastInsertRowid } = statement.run([...values]);
        return { changes, lastInsertRowid: Number(lastInsertRowid) };
      },
    };
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  close(): void {
    this.#db.close();
  }
}

/** SQLite's result codes from 1 on (sqlite3.h). */
const CODES =
  'ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'.split(
    ' ',
  );

/** Gives Node's errors the names of SQLite's codes; the low byte of an extended code is the code. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode } = error as { readonly errcode?: number };
    const name = errcode === undefined ? undefined : CODES[(errcode & 0xff) - 1];
    if (name !== undefined) Object.defineProperty(error, 'code', { value: `SQLITE_${name}` });
    throw error;
  }
}
