import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'libsql';
import { APPLICATION_ID, MIGRATIONS } from './migrations.js';

/** What is wrong with a store, in one line that names the file. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Values that can be bound and read. */
export type Value = string | number | Buffer | null;
type Named = Readonly<Record<string, Value>>;

/** The file was deleted, moved, or replaced by another one. */
class MovedError extends Error {}

const MAGIC = 'SQLite format 3\0';
const BUSY_MS = 2000;

/** A SQLite file of this project: its schema is checked and brought up to date when it is opened. */
export class SoakDatabase {
  readonly path: string;
  readonly #db: Database.Database;
  readonly #inode: number | undefined;
  /** By their text: made once, each would otherwise hold native memory until it is collected. */
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
    this.#inode = inodeOf(path);
  }

  /** Makes a new file. Throws StoreError if there is one already, or none can be made. */
  static create(path: string): SoakDatabase {
    makeFile(path);
    try {
      return open(path, (db) => new SoakDatabase(path, db), 'write');
    } catch (error) {
      removeFiles(path);
      throw error;
    }
  }

  /** Opens a file to go on with it. Throws StoreError if it is missing, no store, corrupt, or of a newer version. */
  static open(path: string): SoakDatabase {
    requireSqlite(path);
    return open(path, (db) => new SoakDatabase(path, db), 'write');
  }

  /** Opens a file to look at it, while another process may be writing. Throws StoreError as `open`. */
  static read(path: string): SoakDatabase {
    requireSqlite(path);
    return open(path, (db) => new SoakDatabase(path, db), 'read');
  }

  /** The rows that a query gives. */
  all(sql: string, ...values: readonly Value[]): unknown[] {
    return this.#prepared(sql).all(...values);
  }

  /** The first row that a query gives. */
  get(sql: string, ...values: readonly Value[]): unknown {
    return this.all(sql, ...values)[0];
  }

  /** Inserts one row; returns its id. */
  insert(table: string, row: Named): number {
    const names = Object.keys(row);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return Number(this.#prepared(sql).run(...Object.values(row)).lastInsertRowid);
  }

  run(sql: string, ...values: readonly Value[]): void {
    this.#prepared(sql).run(...values);
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

/**
 * Why the store cannot be written, for errors of SQLite; null for others. It may be possible again later: there may be room, the
 * other program may have ended, the disk may be there again.
 */
export function writeTrouble(error: unknown): string | null {
  const code = codeOf(error);
  if (error instanceof MovedError) return 'the file is not where it was';
  if (code === 'SQLITE_FULL') return 'there is no room';
  if (isBusy(error)) return 'another program has it locked';
  return code.startsWith('SQLITE_') ? `it cannot be written (${code})` : null;
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error) === 'SQLITE_LOCKED';
}

function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as { code?: string }).code ?? '') : '';
}

/** Whoever makes the file has it: two processes that begin at the same time do not share one. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if (isFolder(path)) throw new StoreError(`store ${path}: is a folder`);
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const what: Readonly<Record<string, string>> = {
      EEXIST: 'is there already; --resume goes on with it',
      ENOENT: 'its folder does not exist',
    };
    throw new StoreError(`store ${path}: ${what[code] ?? `cannot be made (${code})`}`);
  }
}

function removeFiles(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}

/** Whether a file begins as those of SQLite do; false for one that cannot be read. */
export function isSqlite(path: string): boolean {
  try {
    return headOf(path)?.toString('latin1') === MAGIC;
  } catch {
    return false;
  }
}

/** A file that is no database must not be touched by one: SQLite would take an empty one for new. */
function requireSqlite(path: string): void {
  let head: Buffer | null;
  try {
    head = headOf(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new StoreError(`store ${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`);
  }
  if (head === null) throw new StoreError(`store ${path}: is ${isFolder(path) ? 'a folder' : 'no file'}`);
  if (head.length === 0) throw new StoreError(`store ${path}: the file is empty`);
  if (head.toString('latin1') !== MAGIC) throw new StoreError(`store ${path}: is no SQLite file`);
}

/** The first bytes; null for what is no file: to open a pipe would wait for whoever writes to it. */
function headOf(path: string): Buffer | null {
  if (!statSync(path).isFile()) return null;
  const head = Buffer.alloc(MAGIC.length);
  const file = openSync(path, 'r');
  try {
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function open(path: string, make: (db: Database.Database) => SoakDatabase, mode: 'read' | 'write'): SoakDatabase {
  let db: Database.Database | undefined;
  try {
    // Only a whole path is one: libsql takes `:memory:`, `file:` and `libsql:` for something else than a file of that name.
    db = new Database(resolve(path));
    db.pragma(`busy_timeout = ${BUSY_MS}`);
    checkVersion(path, db, mode);
    return make(db);
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) throw error;
    const what = error instanceof Error ? error.message : String(error);
    if (isBusy(error)) throw new StoreError(`store ${path}: is locked by another program`);
    throw new StoreError(`store ${path}: cannot be opened: ${what}`);
  }
}

function checkVersion(path: string, db: Database.Database, mode: 'read' | 'write'): void {
  const number = (pragma: string): number =>
    (db.pragma(pragma) as Readonly<Record<string, number>>[])[0]?.[pragma] ?? 0;
  const version = number('user_version');
  const application = number('application_id');
  const isNew = version === 0 && application === 0 && mode === 'write' && tables(db) === 0;
  if (!isNew && application !== APPLICATION_ID)
    throw new StoreError(`store ${path}: is a SQLite file of another program`);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `store ${path}: has schema version ${version}, this racehammer knows ${MIGRATIONS.length}: it was written by a newer one`,
    );
  }
  const check = (db.pragma('quick_check(1)') as { quick_check: string }[])[0]?.quick_check;
  if (check !== 'ok') {
    const what = (check ?? 'no answer').replace('*** in database main ***', '').trim().replaceAll('\n', '; ');
    throw new StoreError(`store ${path}: is corrupt: ${what}`);
  }
  if (mode === 'read') {
    if (version < MIGRATIONS.length)
      throw new StoreError(`store ${path}: has schema version ${version}; soak --resume brings it up`);
    return;
  }
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  for (let v = version; v < MIGRATIONS.length; v++) migrate(db, v);
}

function tables(db: Database.Database): number {
  return (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number }).n;
}

function migrate(db: Database.Database, from: number): void {
  db.exec(
    `BEGIN IMMEDIATE; ${MIGRATIONS[from]}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${from + 1}; COMMIT`,
  );
}
