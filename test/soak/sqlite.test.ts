/**
 * Goal: a store is the same whatever SQLite opens it: Node's own, or libsql. Method: each that is here does what a store needs of it, and writes
 * what the other one reads. RACEHAMMER_NODES names other Nodes, as a PATH does, which go on with a store of this one, and the other way round.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { NotUtf8Error, RowReader } from '../../lib/soak/rowReader.js';
import { SQLITES, openSqlite, pragma, type Sqlite } from '../../lib/soak/sqlite.js';
import { Store } from '../../lib/soak/store.js';
import { isBusy, writeTrouble } from '../../lib/soak/trouble.js';
import { HOST, PACE, folder, newStore } from './rows.js';

const HERE = (['node', 'libsql'] as const).filter((kind) => SQLITES[kind](':memory:') !== undefined);

function opened(kind: keyof typeof SQLITES, path: string): Sqlite {
  const db = SQLITES[kind](path);
  if (db === undefined) throw new Error(`no ${kind}`);
  return db;
}

/** Returns what is thrown: libsql's errors are none by the standards of ava. */
function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

for (const kind of HERE) {
  test(`${kind}: values come back as they were written`, (t) => {
    const db = opened(kind, ':memory:');
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, r REAL, s TEXT, b BLOB)');
    const insert = db.prepare('INSERT INTO t (n, r, s, b) VALUES (?, ?, ?, ?)');
    const blob = Buffer.from([0, 255, 128]);
    t.deepEqual(insert.run([Number.MAX_SAFE_INTEGER, 5, 'ü\0x', blob]), { changes: 1, lastInsertRowid: 1 });
    t.deepEqual(insert.run([null, 0.1, '', Buffer.alloc(0)]), { changes: 1, lastInsertRowid: 2 });
    const reader = new RowReader(db);
    const types = 'typeof(n) || typeof(r) || typeof(s) || typeof(b) AS types';
    t.deepEqual(reader.all(`SELECT n, r, s, b, ${types} FROM t ORDER BY id`), [
      { n: Number.MAX_SAFE_INTEGER, r: 5, s: 'ü\0x', b: blob, types: 'integerrealtextblob' },
      { n: null, r: 0.1, s: '', b: Buffer.alloc(0), types: 'nullrealtextblob' },
    ]);
    db.exec("UPDATE t SET n = 9223372036854775807, s = CAST(x'ff' AS TEXT) WHERE id = 1");
    t.deepEqual(
      reader.all('SELECT n FROM t WHERE id = ?', 1),
      [{ n: 2 ** 63 }],
      'nothing is thrown for a damaged file',
    );
    t.throws(() => reader.all('SELECT s FROM t'), { instanceOf: NotUtf8Error });
    t.deepEqual(reader.all('SELECT n, s FROM t WHERE id > ? LIMIT ?', 99, 1), []);
    db.close();
  });

  test(`${kind}: transactions, a lock of another program, and a full disk`, (t) => {
    const path = join(folder(t), 's.db');
    const [db, other] = [opened(kind, path), opened(kind, path)];
    pragma(db, 'busy_timeout = 0');
    db.exec('CREATE TABLE t (b BLOB)');
    t.false(db.inTransaction);
    other.exec('BEGIN IMMEDIATE');
    t.true(other.inTransaction);
    t.true(isBusy(caught(() => db.exec('BEGIN IMMEDIATE'))));
    other.exec('COMMIT');
    other.close();
    pragma(db, 'max_page_count = 8');
    db.exec('BEGIN');
    const full = caught(() => db.prepare('INSERT INTO t VALUES (?)').run([Buffer.alloc(100_000)]));
    t.is(writeTrouble(full), 'there is no room');
    if (db.inTransaction) db.exec('ROLLBACK');
    t.false(db.inTransaction);
    t.regex(String(writeTrouble(caught(() => db.exec('INSERT INTO nowhere VALUES (1)')))), /SQLITE_ERROR/);
    db.close();
  });
}

test('without any, one line says what to install', (t) => {
  const none = { node: () => undefined, libsql: () => undefined };
  t.throws(() => openSqlite(':memory:', none), {
    message: /^there is no SQLite: Node\.js 22\.13 .*npm install libsql$/,
  });
});

for (const [writer, reader] of HERE.flatMap((one) => HERE.filter((two) => two !== one).map((two) => [one, two]))) {
  test(`what ${writer} writes is a sound store for ${reader}, also while both have it open`, (t) => {
    const path = join(folder(t), 's.db');
    const of = (kind: keyof typeof SQLITES) => (file: string) => opened(kind, file);
    const a = SoakDatabase.create(path, of(writer));
    new Store(a).begin({ name: 'both', seed: 1, budgetMs: 60_000, pace: PACE });
    const b = SoakDatabase.open(path, of(reader));
    t.is(new Store(b).campaign().name, 'both');
    const session = new Store(b).claim(HOST);
    t.is(new Store(a).owner()?.pid, process.pid);
    new Store(b).event('note', 'ü');
    t.is(new Store(a).events(1)[0].text, 'ü');
    new Store(b).end(session, 'interrupted', false);
    t.is(a.unsoundness(), null);
    a.release();
  });
}

const NODES = (process.env['RACEHAMMER_NODES'] ?? '').split(delimiter).filter((path) => path !== '');

/** Goes on with a store, as a soak does, and says so. */
const GO_ON = `
  const [path, database, store, host] = process.argv.slice(1);
  const { SoakDatabase } = await import(database);
  const { Store } = await import(store);
  const opened = new Store(SoakDatabase.open(path));
  const session = opened.claim(JSON.parse(host));
  opened.event('note', process.version);
  opened.end(session, 'interrupted', false);
  console.log('went on');
`;

test('a store goes on under the Nodes that are named', (t) => {
  if (NODES.length === 0) t.log('not run: RACEHAMMER_NODES names no other Node');
  for (const node of NODES) {
    t.true(existsSync(node), node);
    const path = join(folder(t), 's.db');
    newStore(path).release();
    const modules = ['database', 'store'].map((name) => new URL(`../../lib/soak/${name}.js`, import.meta.url).href);
    const args = ['--input-type=module', '-e', GO_ON, path, ...modules, JSON.stringify(HOST)];
    const { stdout, stderr, status } = spawnSync(node, args, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // No warning of what Node calls experimental.
    t.deepEqual([stdout, stderr, status], ['went on\n', '', 0], node);
    const store = new Store(SoakDatabase.open(path));
    t.is(store.events(1)[0].kind, 'note');
    store.release();
  }
  t.pass();
});
