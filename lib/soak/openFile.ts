/** Opens and checks the SQLite file of a store, and migrates an older one. Called by database.ts. */

import { resolve } from 'node:path';
import { wrongContents } from './contents.js';
import { APPLICATION_ID, MIGRATIONS } from './migrations.js';
import { isAlive, type Owner } from './owner.js';
import { NotUtf8Error, RowReader } from './rowReader.js';
import { wrongPages, wrongSchema } from './soundness.js';
import { openSqlite, pragma, type Sqlite } from './sqlite.js';
import { StoreError } from './storeFile.js';
import { isBusy, sqliteWords } from './trouble.js';

const BUSY_MS = 2000;

/**
 * Opens the file of a store and checks it. For writing, migrates it to the newest version. Throws StoreError for a file that is
 * corrupt, of a newer version or of another program, and for reading also for one of an older version.
 */
export function openFile(path: string, mode: 'read' | 'write', sqlite = openSqlite): Sqlite {
  let db: Sqlite | undefined;
  try {
    // An absolute path, since SQLite does not take `:memory:`, `file:` and `libsql:` as names of files.
    db = sqlite(resolve(path));
    pragma(db, `busy_timeout = ${BUSY_MS}`);
    pragma(db, 'trusted_schema = OFF');
    pragma(db, 'cell_size_check = ON');
    prepare(path, db, mode);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) throw error;
    if (isBusy(error)) throw new StoreError(path, 'is locked by another program');
    const what = error instanceof NotUtf8Error ? 'is corrupt' : 'cannot be opened';
    throw new StoreError(path, `${what}: ${sqliteWords(error)}`);
  }
}

function prepare(path: string, db: Sqlite, mode: 'read' | 'write'): void {
  const reader = new RowReader(db);
  const version = versionOf(path, reader, mode);
  const require = (trouble: string | null): void => {
    if (trouble !== null) throw new StoreError(path, `is corrupt: ${trouble}`);
  };
  db.exec('BEGIN');
  try {
    require(wrongPages(reader));
    require(wrongSchema(reader, version));
    if (version === MIGRATIONS.length) require(wrongContents(reader));
  } finally {
    if (db.inTransaction) db.exec('COMMIT');
  }
  if (mode === 'read') {
    if (version < MIGRATIONS.length)
      throw new StoreError(path, `has schema version ${version}; soak --resume migrates it`);
    return;
  }
  pragma(db, 'journal_mode = WAL');
  pragma(db, 'synchronous = FULL');
  if (version < MIGRATIONS.length) {
    bringUp(path, db, version);
    if (version > 0) require(wrongContents(new RowReader(db)));
  }
}

function versionOf(path: string, reader: RowReader, mode: 'read' | 'write'): number {
  const [{ version, application, tables }] = reader.all(
    `SELECT user_version AS version, application_id AS application, (SELECT count(*) FROM sqlite_schema) AS tables
     FROM pragma_user_version, pragma_application_id`,
  ) as { version: number; application: number; tables: number }[];
  const isNew = version === 0 && application === 0 && mode === 'write' && tables === 0;
  if (!isNew && application !== APPLICATION_ID) throw new StoreError(path, 'is a SQLite file of another program');
  if (version < 0 || (version === 0 && !isNew)) throw new StoreError(path, 'is corrupt: it has no version');
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      path,
      `has schema version ${version}, this racehammer reads up to ${MIGRATIONS.length}: a newer one wrote it`,
    );
  }
  return version;
}

/** Migrates a store. Foreign keys are off meanwhile, since a new table takes the name of the old one while rows point to it. */
function bringUp(path: string, db: Sqlite, from: number): void {
  if (from > 0) requireNoOwner(path, new RowReader(db));
  pragma(db, 'foreign_keys = OFF');
  for (let v = from; v < MIGRATIONS.length; v++) {
    db.exec(
      `BEGIN IMMEDIATE; ${MIGRATIONS[v]}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${v + 1}; COMMIT`,
    );
  }
  pragma(db, 'foreign_keys = ON');
}

/** Refuses a store into which a process of an older version is writing: it would continue to write its own schema. */
function requireNoOwner(path: string, reader: RowReader): void {
  const [holder] = reader.all('SELECT host, pid, started FROM owner') as unknown as Owner[];
  if (holder === undefined || !isAlive(holder)) return;
  throw new StoreError(path, `process ${holder.pid} on ${holder.host}, an older version, is soaking into it`);
}
