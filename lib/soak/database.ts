import type Database from 'libsql';
import { openFile } from './openFile.js';
import { NotUtf8Error, RowReader, type Read } from './rowReader.js';
import { unsoundness } from './soundness.js';
import { StoreError, inodeOf, makeFile, removeFiles, requireSqlite } from './storeFile.js';
import { MovedError, writeTrouble } from './trouble.js';

type Named = Readonly<Record<string, Read>>;

/** A SQLite file of this project: its schema is checked and brought up to date when it is opened. */
export class SoakDatabase {
  readonly path: string;
  readonly #db: Database.Database;
  readonly #inode: number | undefined;
  readonly #reader: RowReader;
  /** By their text: made once, each would otherwise hold native memory until it is collected. */
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
    this.#inode = inodeOf(path);
    this.#reader = new RowReader(db);
  }

  /** Makes a new file. Throws StoreError if there is one already, or none can be made. */
  static create(path: string): SoakDatabase {
    makeFile(path);
    try {
      return new SoakDatabase(path, openFile(path, 'write'));
    } catch (error) {
      removeFiles(path);
      throw error;
    }
  }

  /** Opens a file to go on with it. Throws StoreError if it is missing, no store, corrupt, or of a newer version. */
  static open(path: string): SoakDatabase {
    requireSqlite(path);
    return new SoakDatabase(path, openFile(path, 'write'));
  }

  /** Opens a file to look at it, while another process may be writing. Throws StoreError as `open`. */
  static read(path: string): SoakDatabase {
    requireSqlite(path);
    return new SoakDatabase(path, openFile(path, 'read'));
  }

  /** The rows that a query gives. Throws StoreError for a text that has become none since the file was opened. */
  all(sql: string, ...values: readonly Read[]): unknown[] {
    try {
      return this.#reader.all(sql, ...values);
    } catch (error) {
      throw error instanceof NotUtf8Error ? new StoreError(this.path, `is corrupt: ${error.message}`) : error;
    }
  }

  /** The first row that a query gives. */
  get(sql: string, ...values: readonly Read[]): unknown {
    return this.all(sql, ...values)[0];
  }

  /** Inserts one row; returns its id. */
  insert(table: string, row: Named): number {
    const names = Object.keys(row);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return Number(this.#prepared(sql).run(Object.values(row)).lastInsertRowid);
  }

  run(sql: string, ...values: readonly Read[]): void {
    this.#prepared(sql).run([...values]);
  }

  #prepared(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  /**
   * All of `work` or nothing of it is in the file, whatever happens to the process. Whoever writes does it in here: a statement
   * that finds the file locked outside would stay open, and keep later transactions from ending.
   */
  transaction<T>(work: () => T): T {
    // SQLite would go on writing into a file that has no name any more.
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

  /** All of `looks` see the file as it was at the first of them. May be nested. */
  snapshot<T>(looks: () => T): T {
    if (this.#db.inTransaction) return looks();
    this.#db.exec('BEGIN');
    try {
      return looks();
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  /** What is wrong with the file, in one line; null if nothing is. */
  unsoundness(): string | null {
    return this.snapshot(() => unsoundness(this.#reader));
  }

  /** How long to wait for another program that has the file locked. */
  waitAtMost(ms: number): void {
    this.#db.pragma(`busy_timeout = ${ms}`);
  }

  /** Limits the file to so many pages of 4 KiB: stands for a disk that is full. */
  limitPages(pages: number): void {
    this.#db.pragma(`max_page_count = ${pages}`);
  }

  /** Leaves one file, unless somebody else has it open; then the log stays beside it and is read with it. */
  close(): void {
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
      this.#db.pragma('journal_mode = DELETE');
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

  /** Ends a look at the file, which stays as it is. */
  release(): void {
    this.#db.close();
  }
}
