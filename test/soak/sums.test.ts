/**
 * Goal: the sums that a store keeps are those of its slices and intervals, at any moment. Method: a store that grows by drawn intervals, of
 * rows that fail as expected, otherwise or not at all, in several sessions; after each session what it says is compared with what a test
 * adds up from the bare intervals. A store of an older version is brought up to the same sums.
 */
import { join } from 'node:path';
import test from 'ava';
import { SoakDatabase } from '../../lib/soak/database.js';
import { Store } from '../../lib/soak/store.js';
import { APPLICATION_ID, MIGRATIONS } from '../../lib/soak/migrations.js';
import { openSqlite } from '../../lib/soak/sqlite.js';
import { THIS_HOST } from '../../lib/soak/sums.js';
import { writeInterval, writeSlice, writeSliceEnd } from '../../lib/soak/writes.js';
import { bareSums, keptSums, rounded } from './bareSums.js';
import { HOST, PACE, folder, twoRows } from './rows.js';

const SIGNATURES = ['deadlock', 'livelock', 'oops-0003'];

/** Numbers from 0 up to `below`, always the same. */
function drawn(): (below: number) => number {
  let state = 7;
  return (below) => ((state = (state * 1103515245 + 12345) % 2 ** 31) >> 12) % below;
}

test('sums are those of the bare intervals', async (t) => {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 3_600_000, pace: PACE });
  const rows = store.declare(await twoRows());
  const draw = drawn();
  const host = JSON.stringify(HOST.host.loadavg);
  const { node, platform, arch, cores, cpuModel } = HOST.host;
  let nowMs = 0;
  for (let session = 1; session <= 4; session++) {
    db.transaction(() => {
      db.insert('session', { id: session, at: session, pid: session, host: 'h' });
      const facts = { node, platform, arch, cores, cpu_model: cpuModel, loadavg: host };
      if (session !== 2) db.insert('host', { session, version: '0.1.0', ...facts });
      // The last one has no slice.
      const slices = session < 4 ? 60 : 0;
      for (let n = 0; n < slices; n++) {
        const slice = writeSlice(db, { session, row: rows[draw(2)], host: THIS_HOST, startMs: nowMs, seed: n });
        for (let i = draw(4); i >= 0; i--) {
          const startMs = nowMs;
          nowMs += 500 + draw(4000);
          const outcomes = SIGNATURES.map((signature) => ({ signature, count: Math.max(0, draw(9) - 6) }));
          const failures = outcomes.reduce((sum, { count }) => sum + count, 0);
          const counts = { trials: 100 + draw(100), failures, nearMisses: draw(5), seconds: draw(8) / 4, outcomes };
          writeInterval(db, { slice, startMs, endMs: nowMs, rssMb: draw(5) === 0 ? null : 90 + draw(20), ...counts });
        }
        const processorTime = draw(3) === 0 ? null : { ranMs: 100 + draw(900), waitedMs: draw(300) };
        const end = { hostStalls: draw(2), hostStallMs: draw(9), workersReplaced: draw(2), processorTime } as const;
        const harnessError = draw(9) === 0 ? 'it broke' : null;
        const how = draw(6) === 0 ? 'cut' : 'whole';
        if (draw(6) > 0) writeSliceEnd(db, slice, { end: how, harnessError, ...end });
        // Another end takes the place of the first one.
        if (draw(9) === 0) writeSliceEnd(db, slice, { end: how, harnessError: 'it broke behind its end', ...end });
      }
    });
    t.deepEqual(rounded(keptSums(db, store)), rounded(bareSums(db)));
    t.is(db.unsoundness(), null);
  }
  t.true(store.hangs().length >= 4 && store.memory().samples.length > 30 && store.stretches().length > 60);
  t.true(store.totals().some(({ provedAtMs, trialsSinceProof }) => provedAtMs !== null && trialsSinceProof > 0));
  db.close();
});

test('a store of the version without sums is brought up to those of its intervals', async (t) => {
  const path = join(folder(t), 's.db');
  const old = openSqlite(path);
  // The version in front of the one that has them, which merged the intervals of a fleet.
  const version = MIGRATIONS.findIndex((sql) => sql.includes('CREATE TABLE sum_row'));
  for (const sql of MIGRATIONS.slice(0, version)) old.exec(sql);
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}`);
  old.exec(`
    INSERT INTO campaign (id, name, at, seed, budget_ms, slice_ms, prove_every_ms, elapsed_ms, fleet) VALUES (1, 'old', 0, 1, 9, 9, 9, 700, 'f');
    INSERT INTO session (id, at, pid, host) VALUES (1, 0, 1, 'h'), (2, 1, 1, 'h');
    INSERT INTO row (id, key, race, typed, name, variant, knobs, cpus, machines, sync, weight, expected, repeat)
      VALUES (1, 'a', 'r', 'r', 'n', 'v', '{}', 2, 1, 'rendezvous', 1, 'oops', 'again'), (2, 'b', 'r', 'r', 'm', 'w', '{}', 2, 1, 'rendezvous', 1, NULL, 'again');
    INSERT INTO fleet_host VALUES (1, 'one', '{"cores":2,"memoryMb":1}', 0, 0), (2, 'two', '{"cores":2,"memoryMb":1}', 0, 0);
    INSERT INTO slice (id, session, row, at, start_ms, seed, ended, harness_error, host_stalls, host_stall_ms, cpu_ms, cpu_waited_ms) VALUES
      (1, 1, 1, 0, 0, 1, 1, NULL, 1, 5, 90, 10), (2, 1, 2, 0, 100, 2, 1, 'it broke', 0, 0, NULL, NULL), (3, 2, 1, 0, 300, 3, 2, NULL, 0, 0, 8, 2),
      (4, 2, 1, 0, 600, 4, 0, NULL, 0, 0, NULL, NULL);
    INSERT INTO execution (slice, uuid, host, job, merged) VALUES
      (1, '00000000-0000-4000-8000-000000000001', 1, 'j', 0), (2, '00000000-0000-4000-8000-000000000002', 2, 'j', 0),
      (3, '00000000-0000-4000-8000-000000000003', 2, 'j', 1), (4, '00000000-0000-4000-8000-000000000004', 1, 'j', 0);
    INSERT INTO interval VALUES (1, 1, 0, 90, 0.09, 100, 3, 1, 80), (2, 1, 90, 100, 0.01, 10, 0, 0, 81), (3, 2, 100, 250, 0.1, 50, 1, 2, NULL),
      (4, 3, 300, 500, 0.2, 70, 2, 0, 95), (5, 3, 500, 600, 0.1, 30, 0, 0, 70), (6, 4, 600, 700, 0.1, 20, 0, 0, 60);
    INSERT INTO outcome VALUES (1, 'oops', 3), (3, 'livelock', 1), (4, 'oops', 1), (4, 'deadlock', 1);
    INSERT INTO delivery VALUES (1, 0), (1, 1), (2, 0), (3, 0), (3, 1), (4, 0)`);
  old.close();
  const db = SoakDatabase.open(path);
  const store = new Store(db);
  t.deepEqual(rounded(keptSums(db, store)), rounded(bareSums(db)));
  t.like(store.totals()[0], { trials: 230, provedAtMs: 500, trialsSinceProof: 50, slices: 3 });
  t.is(db.unsoundness(), null);
  db.close();
});
