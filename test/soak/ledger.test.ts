/**
 * Goal: when the disk is full nothing is lost and nothing written twice; when there is room again everything is written.
 * Method: SQLite is told that the file may have no more pages, and later that it may.
 */
import { join } from 'node:path';
import test from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { Ledger } from '../../lib/soak/ledger.js';
import { Store } from '../../lib/soak/store.js';
import { PACE, folder, twoRows } from './rows.js';

const DELTA = { seconds: 1, trials: 10, failures: 1, nearMisses: 2, outcomes: { oops: 1 } };
const PAGES = 1_000_000;

test('a full disk loses nothing', async (t) => {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 60_000, pace: PACE });
  const session = store.claim();
  const [row] = store.declare(await twoRows());
  const told: boolean[] = [];
  const ledger = new Ledger(store, session, (full) => void told.push(full));
  const report = 'a long report\n'.repeat(500);
  const slice = ledger.beginSlice(row, 0, 1);
  ledger.interval(slice, 0, 1000, DELTA, 90);
  db.limitPages(1);
  for (let n = 0; n < 4; n++) ledger.keepEvidence(slice, { row, signature: `s${n}`, report, file: null });
  t.true(ledger.isBehind);
  for (let n = 1; n < 6; n++) ledger.interval(slice, 1000 * n, 1000 * (n + 1), DELTA, 90);
  ledger.endSlice(slice, 'whole', null);
  const next = ledger.beginSlice(row, 6000, 2);
  ledger.interval(next, 6000, 7000, DELTA, 90);
  ledger.event('note', 'while it was full');
  t.is(store.totals()[0].trials, 10);
  db.limitPages(PAGES);
  ledger.flush();
  t.false(ledger.isBehind);
  t.deepEqual(told, [true, false]);
  const [totals] = store.totals();
  t.like(totals, { trials: 70, failures: 7, slices: 2, spentMs: 7000 });
  t.deepEqual(totals.outcomes, [{ signature: 'oops', count: 7 }]);
  t.is(store.evidence().length, 4);
  t.is(store.campaign().elapsedMs, 7000);
  store.end(session, 'interrupted', false);
});
