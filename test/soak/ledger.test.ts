/**
 * Goal: when the disk is full nothing is lost and nothing written twice; when there is room again everything is written.
 * Method: SQLite is told that the file may have no more pages, and later that it may.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { Ledger } from '../../lib/soak/ledger.js';
import { Store } from '../../lib/soak/store.js';
import { openSqlite } from '../../lib/soak/sqlite.js';
import { HOST, PACE, WHOLE, folder, twoRows } from './rows.js';

const DELTA = { seconds: 1, trials: 10, failures: 1, nearMisses: 2, outcomes: [{ signature: 'oops', count: 1 }] };
const PAGES = 1_000_000;

test('a full disk loses nothing', async (t) => {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 60_000, pace: PACE });
  const session = store.claim(HOST);
  const [row] = store.declare(await twoRows());
  const told: (string | null)[] = [];
  const ledger = new Ledger(store, session, (trouble) => void told.push(trouble));
  const report = 'a long report\n'.repeat(500);
  const slice = ledger.beginSlice(row, 0, 1);
  ledger.interval(slice, 0, 1000, DELTA, 90);
  db.limitPages(1);
  for (let n = 0; n < 4; n++) ledger.keepEvidence(slice, { row, signature: `s${n}`, report, file: null });
  t.true(ledger.isBehind);
  for (let n = 1; n < 6; n++) ledger.interval(slice, 1000 * n, 1000 * (n + 1), DELTA, 90);
  ledger.endSlice(slice, WHOLE);
  const next = ledger.beginSlice(row, 6000, 2);
  ledger.interval(next, 6000, 7000, DELTA, 90);
  ledger.event('note', 'while it was full');
  t.is(store.totals()[0].trials, 10);
  t.deepEqual(ledger.waiting(), { trials: 60, failures: 6 });
  db.limitPages(PAGES);
  ledger.flush();
  t.false(ledger.isBehind);
  t.deepEqual(told, ['there is no room', null]);
  const [totals] = store.totals();
  t.like(totals, { trials: 70, failures: 7, slices: 2, spentMs: 7000 });
  t.deepEqual(totals.outcomes, [{ signature: 'oops', count: 7, declared: false }]);
  t.is(store.evidence().length, 4);
  t.is(store.campaign().elapsedMs, 7000);
  store.end(session, 'interrupted', false);
});

test('what another program has locked is written when it lets go', async (t) => {
  const path = join(folder(t), 's.db');
  const db = SoakDatabase.create(path);
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 60_000, pace: PACE });
  const session = store.claim(HOST);
  const [row] = store.declare(await twoRows());
  const told: (string | null)[] = [];
  const ledger = new Ledger(store, session, (trouble) => void told.push(trouble));
  const other = openSqlite(path);
  other.exec('BEGIN IMMEDIATE');
  const slice = ledger.beginSlice(row, 0, 1);
  ledger.interval(slice, 0, 1000, DELTA, 90);
  other.exec('COMMIT');
  other.close();
  ledger.endSlice(slice, WHOLE);
  t.deepEqual(told, ['another program has it locked', null]);
  t.is(store.totals()[0].trials, 10);
  store.end(session, 'interrupted', false);
});

test('a file that is gone is told at once, and what it would have held', async (t) => {
  const path = join(folder(t), 's.db');
  const store = new Store(SoakDatabase.create(path));
  store.begin({ name: 'test', seed: 1, budgetMs: 60_000, pace: PACE });
  const session = store.claim(HOST);
  const [row] = store.declare(await twoRows());
  const told: (string | null)[] = [];
  const ledger = new Ledger(store, session, (trouble) => void told.push(trouble));
  renameSync(path, `${path}.moved`);
  const slice = ledger.beginSlice(row, 0, 1);
  ledger.interval(slice, 0, 1000, DELTA, 90);
  t.deepEqual(told, ['the file is not where it was']);
  t.deepEqual(ledger.waiting(), { trials: 10, failures: 1 });
  renameSync(`${path}.moved`, path);
  ledger.flush();
  t.deepEqual(told, ['the file is not where it was', null]);
  store.end(session, 'interrupted', false);
});
