/**
 * Goal: the views of a store add up to what its reports show, and every query of docs/store-queries.md runs. Method: a store with made-up
 * intervals in two rows; the page is read.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openSqlite } from '../../lib/soak/sqlite.js';
import { DELTA, HOST, folder, newStore, twoRows } from './rows.js';

const PAGE = readFileSync(new URL('../../../docs/store-queries.md', import.meta.url), 'utf8');

test('views and page', async (t) => {
  const path = join(folder(t), 's.db');
  const store = newStore(path);
  const session = store.claim(HOST);
  const [a, b] = store.declare(await twoRows());
  for (const [row, startMs, failures] of [
    [a, 0, 3],
    [a, 3_600_000, 0],
    [b, 7_200_000, 3],
  ]) {
    const slice = store.beginSlice(session, row, startMs, 1);
    const outcomes = failures === 0 ? [] : DELTA.outcomes;
    store.checkpoint({ slice, startMs, endMs: startMs + 3000, rssMb: 90, ...DELTA, failures, outcomes });
  }
  const totals = store.totals();
  const db = openSqlite(path);
  const ask = (sql: string): readonly Record<string, unknown>[] => db.prepare(sql).all([]);
  const sums = ask(
    'SELECT id, trials, failures, near_misses AS nearMisses, seconds, spent_ms AS spentMs, slices FROM row_sum',
  );
  t.deepEqual(
    sums.map((sum) => ({ ...sum })),
    totals.map(({ id, trials, failures, nearMisses, seconds, spentMs, slices }) => ({
      id,
      trials,
      failures,
      nearMisses,
      seconds,
      spentMs,
      slices,
    })),
  );
  const since = ask(
    'SELECT trials_since_failure AS since, last_failure_ms AS last, failures_per_trial AS rate FROM row_sum',
  );
  t.deepEqual(
    since.map(({ since: trials, last, rate }) => [trials, last, rate]),
    [
      [100, 3000, 0.015],
      [0, 7_203_000, 0.03],
    ],
  );
  t.deepEqual(
    ask('SELECT id, signature, count FROM row_outcome ORDER BY id, signature').map((one) => Object.values(one)),
    totals.flatMap(({ id, outcomes }) => outcomes.map(({ signature, count }) => [id, signature, count])),
  );
  t.deepEqual(
    ask('SELECT id, hour, trials FROM row_hour ORDER BY id, hour').map((one) => Object.values(one)),
    [
      [a, 0, 100],
      [a, 1, 100],
      [b, 2, 100],
    ],
  );
  for (const [, view, columns] of PAGE.matchAll(/^\| `(\w+)` \|[^|]*\| (.*) \|$/gm)) {
    const names = ask(`SELECT name FROM pragma_table_info('${view}')`).map(({ name }) => `\`${String(name)}\``);
    t.is(columns, names.join(', '), view);
  }
  const queries = [...PAGE.matchAll(/^```sql\n([^]*?)^```$/gm)].flatMap(([, text]) =>
    text.trim().split(/;\n?/).filter(Boolean),
  );
  t.true(queries.length > 6);
  for (const sql of queries) t.true(ask(sql).length > 0 || /expected IS NULL/.test(sql), sql);
  db.close();
  store.end(session, 'interrupted', false);
});
