/**
 * Goal: a store has one writer, sums up what its checkpoints say, is one file after a clean end, and refuses what it cannot
 * read. Method: stores in a folder of their own; another process is stood for by what it would have left behind.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { APPLICATION_ID, MIGRATIONS } from '../../lib/soak/migrations.js';
import { isAlive, self } from '../../lib/soak/owner.js';
import { Store } from '../../lib/soak/store.js';
import { StoreError } from '../../lib/soak/storeFile.js';
import { openSqlite } from '../../lib/soak/sqlite.js';
import { DELTA, HOST, WHOLE, folder, newStore, twoRows } from './rows.js';

test('checkpoints add up by row', async (t) => {
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  const [a, b] = store.declare(await twoRows());
  const first = store.beginSlice(session, a, 0, 1);
  store.checkpoint({ slice: first, startMs: 0, endMs: 1000, rssMb: 90, ...DELTA });
  store.checkpoint({ slice: first, startMs: 1000, endMs: 2500, rssMb: 91, ...DELTA });
  store.endSlice(first, WHOLE);
  const second = store.beginSlice(session, b, 2500, 2);
  store.checkpoint({ slice: second, startMs: 2500, endMs: 4000, rssMb: 91, ...DELTA });
  store.endSlice(second, { ...WHOLE, end: 'cut', harnessError: 'a worker died', hostStalls: 2, hostStallMs: 300 });
  const [one, two] = store.totals();
  t.like(one, {
    trials: 200,
    failures: 6,
    nearMisses: 14,
    spentMs: 2500,
    seconds: 2,
    slices: 1,
    harnessErrors: 0,
    triedAtMs: 0,
  });
  t.deepEqual(one.outcomes, [
    { signature: 'deadlock', count: 4, declared: true },
    { signature: 'oops', count: 2, declared: false },
  ]);
  t.like(
    two,
    { trials: 100, harnessErrors: 1, harnessError: 'a worker died', hostStalls: 2, provedAtMs: 4000, triedAtMs: 2500 },
    'deadlock is what the row should fail as',
  );
  t.is(store.campaign().elapsedMs, 4000);
  store.end(session, 'interrupted', false);
});

test('shares of processor time are those of all slices that tell', async (t) => {
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  const [a, b] = store.declare(await twoRows());
  t.is(store.processorShare(), null);
  const times = [{ ranMs: 30, waitedMs: 10 }, { ranMs: 10, waitedMs: 50 }, null];
  for (const processorTime of times) store.endSlice(store.beginSlice(session, a, 0, 1), { ...WHOLE, processorTime });
  t.is(store.processorShare(), 0.4);
  store.endSlice(store.beginSlice(session, b, 0, 1), { ...WHOLE, processorTime: { ranMs: 100, waitedMs: 0 } });
  t.deepEqual(
    store.totals().map(({ processorShare }) => processorShare),
    [0.4, 1],
  );
  t.is(store.processorShare(), 0.7);
  store.end(session, 'interrupted', false);
});

test('a row is known again by its conditions', async (t) => {
  const store = newStore(join(folder(t), 's.db'));
  const rows = await twoRows();
  t.deepEqual(store.declare(rows), store.declare(rows));
  t.is(store.totals().length, 2);
  store.end(store.claim(HOST), 'interrupted', false);
});

test('the same conditions with other code are another row', async (t) => {
  const store = newStore(join(folder(t), 's.db'));
  const rows = await twoRows();
  const others = rows.map((row) => ({ ...row, source: { ...row.source, hash: 'f'.repeat(64) } }));
  const [a, b] = store.declare(rows);
  t.deepEqual(store.declare(others), [b + 1, b + 2]);
  t.deepEqual(store.declare(rows), [a, b]);
  const [one, , other] = store.totals();
  t.is(one.key, other.key);
  t.deepEqual([one.source, other.source], [rows[0].source.hash, 'f'.repeat(64)]);
  store.end(store.claim(HOST), 'interrupted', false);
});

test('evidence is kept up to a number', async (t) => {
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  const [row] = store.declare(await twoRows());
  const slice = store.beginSlice(session, row, 0, 1);
  for (let n = 0; n < 5; n++)
    store.keepEvidence(slice, { row, signature: 'oops', report: `report ${n}`, file: null }, 3);
  t.deepEqual(
    store.evidence().map(({ report }) => report),
    ['report 0', 'report 1', 'report 2'],
  );
  store.end(session, 'interrupted', false);
});

test('a clean end leaves one file, and the campaign in it', (t) => {
  const path = folder(t);
  const store = newStore(join(path, 's.db'));
  const session = store.claim(HOST);
  store.event('note', 'something');
  store.end(session, 'budget used up', true);
  t.deepEqual(readdirSync(path), ['s.db']);
  const again = new Store(SoakDatabase.read(join(path, 's.db')));
  t.is(again.campaign().name, 'test');
  t.not(again.campaign().endedAt, null);
  t.deepEqual(
    again.events(5).map(({ kind, text }) => [kind, text]),
    [['note', 'something']],
  );
  t.is(again.owner(), undefined);
  again.release();
});

test('a second soak on one file is refused', (t) => {
  const path = join(folder(t), 's.db');
  const store = newStore(path);
  const session = store.claim(HOST);
  const other = new Store(SoakDatabase.open(path));
  t.throws(() => other.claim(HOST), {
    instanceOf: StoreError,
    message: new RegExp(`process ${process.pid} on .* is soaking into it`),
  });
  other.release();
  store.end(session, 'interrupted', false);
});

/** What a process leaves behind that was killed. */
function abandon(path: string, owner: { pid: number; started: string }): void {
  const store = newStore(path);
  store.claim(HOST);
  store.release();
  const db = openSqlite(path);
  db.prepare('UPDATE owner SET pid = ?, started = ?').run([owner.pid, owner.started]);
  db.close();
}

test('the claim of a dead process is taken over', (t) => {
  const path = join(folder(t), 's.db');
  // The number is in use again, by a process that started at another time.
  abandon(path, { pid: process.pid, started: '1@another boot' });
  const store = new Store(SoakDatabase.open(path));
  const session = store.claim(HOST);
  t.is(store.events(1)[0].kind, 'taken over');
  store.end(session, 'interrupted', false);
});

test('a process is known by its number and its start', (t) => {
  t.true(isAlive(self()));
  t.false(isAlive({ ...self(), started: '1@2' }));
  t.false(isAlive({ ...self(), pid: 2 ** 22 + 1 }));
  t.true(isAlive({ ...self(), host: 'elsewhere' }), 'nobody here can tell');
});

const UNUSABLE: readonly (readonly [what: string, make: (path: string) => void, message: RegExp])[] = [
  ['missing', () => {}, /: there is no such file$/],
  ['empty', (path) => writeFileSync(path, ''), /: the file is empty$/],
  ['a text', (path) => writeFileSync(path, 'rows:\n  - race: xen-pin\n'), /: is not a SQLite file$/],
  [
    "another program's",
    (path) => {
      const db = openSqlite(path);
      db.exec('CREATE TABLE t (a)');
      db.close();
    },
    /: is a SQLite file of another program$/,
  ],
  [
    'of a newer version',
    (path) => {
      const store = newStore(path);
      store.end(store.claim(HOST), 'interrupted', false);
      const db = openSqlite(path);
      db.exec('PRAGMA user_version = 99');
      db.close();
    },
    /: has schema version 99, this racehammer reads up to \d+: a newer one wrote it$/,
  ],
];

for (const [what, make, message] of UNUSABLE) {
  test(`a file that cannot be used: ${what}`, (t) => {
    const path = join(folder(t), 's.db');
    make(path);
    t.throws(() => SoakDatabase.open(path), { instanceOf: StoreError, message });
    t.throws(() => SoakDatabase.read(path), { instanceOf: StoreError, message });
  });
}

test('a corrupt page is found when the file is opened', (t) => {
  const path = join(folder(t), 's.db');
  const store = newStore(path);
  store.end(store.claim(HOST), 'interrupted', false);
  const db = openSqlite(path);
  const [{ page_size }] = db.prepare('PRAGMA page_size').all([]) as { page_size: number }[];
  db.close();
  const noise = Buffer.alloc(page_size, 0x5a);
  const file = readFileSync(path);
  noise.copy(file, page_size * 2);
  writeFileSync(path, file);
  t.throws(() => SoakDatabase.open(path), {
    instanceOf: StoreError,
    message: /s\.db: (is corrupt|cannot be opened): /,
  });
});

test('a new store does not overwrite a file', (t) => {
  const path = join(folder(t), 's.db');
  writeFileSync(path, 'precious');
  t.throws(() => SoakDatabase.create(path), { message: /exists already; --resume continues it$/ });
});

test('a folder that is not there is said', (t) => {
  t.throws(() => SoakDatabase.create(join(folder(t), 'no', 's.db')), {
    instanceOf: StoreError,
    message: /its folder does not exist$/,
  });
});

test('a folder is no store', (t) => {
  const path = folder(t);
  t.throws(() => SoakDatabase.open(path), { instanceOf: StoreError, message: /is a folder$/ });
});

test('a store of the first version is brought up, with all that is in it', (t) => {
  const path = join(folder(t), 's.db');
  const old = openSqlite(path);
  old.exec(`${MIGRATIONS[0]}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
  old.exec(`
    INSERT INTO campaign (id, name, at, seed, budget_ms, slice_ms, prove_every_ms, elapsed_ms) VALUES (1, 'old', 0, 1, 9, 9, 9, 5);
    INSERT INTO session (id, at, pid, host) VALUES (1, 0, 1, 'h');
    INSERT INTO row VALUES (1, 'k', 'r', 'r', 'n', 'v', '{}', 2, 1, 'rendezvous', 1, 'oops', 'again');
    INSERT INTO slice (id, session, row, at, start_ms, seed) VALUES (1, 1, 1, 0, 0, 1);
    INSERT INTO interval VALUES (1, 1, 0, 5, 0.005, 100, 3, 0, 90);
    INSERT INTO outcome VALUES (1, 'oops', 2), (1, 'livelock', 1)`);
  old.close();
  t.throws(() => SoakDatabase.read(path), { message: /has schema version 1; soak --resume migrates it$/ });
  const store = new Store(SoakDatabase.open(path));
  t.is(store.campaign().name, 'old');
  t.is(store.tuning(), null);
  const [row] = store.totals();
  t.like(row, { trials: 100, failures: 3, hostStalls: 0, source: null, memory: 'sc' });
  t.true(
    row.outcomes.every(({ declared }) => declared),
    'what the race declares was not kept then',
  );
  t.like(store.sessions()[0], { host: null, version: null, endMs: 5 });
  t.deepEqual(store.hangs(), [{ row: 1, signature: 'livelock', count: 1, lastMs: 5 }]);
  store.end(store.claim(HOST), 'interrupted', false);
});
