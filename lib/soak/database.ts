/**
 * The SQLite file of a soak: opening, queries, transactions. Used by store.ts and the queries beside it, and by the
 * `soak` commands.
 */

import { openFile } from './openFile.js';
import { NotUtf8Error, RowReader, type StoredValue } from './rowReader.js';
import { openSqlite, pragma, type Sqlite, type SqliteStatement } from './sqlite.js';
import { unsoundness } from './soundness.js';
import { StoreError, inodeOf, makeFile, removeFiles, requireSqlite } from './storeFile.js';
import { MovedError, writeTrouble } from './trouble.js';

type Named = Readonly<Record<string, StoredValue>>;

/** A SQLite file of this project. Its schema is checked and migrated when it is opened. */
export class SoakDatabase {
  readonly path: string;
  readonly #db: Sqlite;
  readonly #inode: number | undefined;
  readonly #reader: RowReader;
  /** Prepared statements by their text; each one holds native memory until it is collected. */
  readonly #statements = new Map<string, SqliteStatement>();

  private constructor(path: string, db: Sqlite) {
    this.path = path;
    this.#db = db;
    this.#inode = inodeOf(path);
    this.#reader = new RowReader(db);
  }

  /** Makes a new file. Throws StoreError if it exists already or cannot be made. */
  static create(path: string, sqlite = openSqlite): SoakDatabase {
    makeFile(path);
    try {
      return new SoakDatabase(path, openFile(path, 'write', sqlite));
    } catch (error) {
      removeFiles(path);
      throw error;
    }
  }

  /** Opens a file to write to it. Throws StoreError if it is missing, not a store, corrupt, or of a newer version. */
  static open(path: string, sqlite = openSqlite): SoakDatabase {
    requireSqlite(path);
    return new SoakDatabase(path, openFile(path, 'write', sqlite));
  }

  /** Opens a file to read it while another process may be writing. Throws StoreError as `open`. */
  static read(path: string): SoakDatabase {
    requireSqlite(path);
    return new SoakDatabase(path, openFile(path, 'read'));
  }

  /** Returns the rows of a query. Throws StoreError for a text that was corrupted since the file was opened. */
  all(sql: string, ...values: readonly StoredValue[]): unknown[] {
    try {
      return this.#reader.all(sql, ...values);
    } catch (error) {
      throw error instanceof NotUtf8Error ? new StoreError(this.path, `is corrupt: ${error.message}`) : error;
    }
  }

  /** Returns the first row of a query. */
  get(sql: string, ...values: readonly StoredValue[]): unknown {
    return this.all(sql, ...values)[0];
  }

  /** Inserts one row; returns its id. */
  insert(table: string, row: Named): number {
    const names = Object.keys(row);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return this.#prepared(sql).run(Object.values(row)).lastInsertRowid;
  }

  /** Inserts one row unless there is one with its key already. Returns whether it did. */
  insertNew(table: string, row: Named): boolean {
    const names = Object.keys(row);
    const sql = `INSERT OR IGNORE INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return this.#prepared(sql).run(Object.values(row)).changes === 1;
  }

  run(sql: string, ...values: readonly StoredValue[]): void {
    this.#prepared(sql).run(values);
  }

  #prepared(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  /**
   * Runs `work` as one transaction: all of it or nothing is in the file, also after a crash. All writes must be in here: outside, a
   * statement that finds the file locked would stay open and block the end of later transactions.
   */
  transaction<T>(work: () => T): T {
    // SQLite would continue to write into a deleted file.
    if (inodeOf(this.path) !== this.#inode) throw new MovedError();
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has ended the transaction already.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Runs `looks` on one snapshot of the file. May be nested. */
  snapshot<T>(looks: () => T): T {
    if (this.#db.inTransaction) return looks();
    this.#db.exec('BEGIN');
    try {
      return looks();
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  /** Returns what is wrong with the file, in one line; null if nothing is. */
  unsoundness(): string | null {
    return this.snapshot(() => unsoundness(this.#reader));
  }

  /** Sets how long to wait for another program that has locked the file. */
  waitAtMost(ms: number): void {
    pragma(this.#db, `busy_timeout = ${ms}`);
  }

  /** Limits the file to a number of 4 KiB pages, which simulates a full disk. */
  limitPages(pages: number): void {
    pragma(this.#db, `max_page_count = ${pages}`);
  }

  /** Closes and merges the log into the file, unless another process has it open; then the log stays beside it. */
  close(): void {
    try {
      pragma(this.#db, 'wal_checkpoint(TRUNCATE)');
      pragma(this.#db, 'journal_mode = DELETE');
    } catch (error) {
      if (writeTrouble(error) === null) throw error;
    } finally {
      this.#db.close();
    }
  }

  /** Closes the file and removes it. */
  discard(): void {
    this.#db.close();
    removeFiles(this.path);
  }

  /** Closes a file that was only read. */
  release(): void {
    this.#db.close();
  }
}
