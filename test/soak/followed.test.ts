/**
 * Goal: who follows a store has the same sums as who reads all of it, at any moment. Method: a store that grows by drawn intervals, of rows
 * that fail as expected, otherwise or not at all, in several sessions; after some of them both are compared.
 */
import { join } from 'node:path';
import test from 'ava';
import { soakDocumentOf } from '../../lib/soak/document.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { Store } from '../../lib/soak/store.js';
import { writeInterval, writeSliceEnd } from '../../lib/soak/writes.js';
import { HOST, PACE, folder, twoRows } from './rows.js';

const SIGNATURES = ['deadlock', 'livelock', 'oops-0003'];

/** Numbers from 0 up to `below`, always the same. */
function drawn(): (below: number) => number {
  let state = 7;
  return (below) => ((state = (state * 1103515245 + 12345) % 2 ** 31) >> 12) % below;
}

test('followed and read as a whole, a store has the same sums', async (t) => {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 3_600_000, pace: PACE });
  const rows = store.declare(await twoRows());
  const followed = store.follow();
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
        const slice = db.insert('slice', { session, row: rows[draw(2)], at: 1, start_ms: nowMs, seed: n });
        for (let i = draw(4); i >= 0; i--) {
          const startMs = nowMs;
          nowMs += 500 + draw(4000);
          const outcomes = SIGNATURES.map((signature) => ({ signature, count: Math.max(0, draw(9) - 6) }));
          const failures = outcomes.reduce((sum, { count }) => sum + count, 0);
          const counts = { trials: 100 + draw(100), failures, nearMisses: draw(5), seconds: draw(8) / 4, outcomes };
          writeInterval(db, { slice, startMs, endMs: nowMs, rssMb: draw(5) === 0 ? null : 90 + draw(20), ...counts });
        }
        const end = { hostStalls: draw(2), hostStallMs: draw(9), workersReplaced: 0, processorTime: null } as const;
        const harnessError = draw(9) === 0 ? 'it broke' : null;
        if (draw(6) > 0) writeSliceEnd(db, slice, { end: draw(6) === 0 ? 'cut' : 'whole', harnessError, ...end });
      }
    });
    followed.read();
    t.deepEqual(soakDocumentOf(store, 5, followed), soakDocumentOf(store, 5));
    t.deepEqual(followed.stretches(), store.stretches());
    t.deepEqual(followed.bySession(), store.bySession());
  }
  t.true(store.hangs().length >= 4 && store.memory().samples.length > 50 && store.stretches().length > 60);
  t.true(store.totals().some(({ provedAtMs, trialsSinceProof }) => provedAtMs !== null && trialsSinceProof > 0));
  db.close();
});
