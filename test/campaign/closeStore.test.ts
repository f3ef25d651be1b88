/**
 * Goal: a store that was damaged while a soak wrote to it is told at the end, and nothing that is known is kept back for it.
 * Method: another connection does to the file what a disk may do.
 */
import { join } from 'node:path';
import test from 'ava';
import { closeStore } from '../../lib/campaign/closeStore.js';
import { openSqlite } from '../../lib/soak/sqlite.js';
import { DELTA, HOST, folder, newStore, twoRows } from '../soak/rows.js';

const DAMAGES: readonly (readonly [sql: string, trouble: RegExp | null])[] = [
  ['UPDATE campaign SET slice_ms = slice_ms', null],
  ['UPDATE interval SET trials = -5', /s\.db: is corrupt: table interval, row 1: trials is -5, must be /],
  ["UPDATE campaign SET name = CAST(x'ff' AS TEXT)", /s\.db: is corrupt: .*UTF-8/],
  ['DROP TABLE event', /s\.db: is corrupt: its table event differs from that of version \d+$/],
];

for (const [sql, message] of DAMAGES) {
  test(`a store after ${sql}`, async (t) => {
    const path = join(folder(t), 's.db');
    const store = newStore(path);
    const session = store.claim(HOST);
    const [row] = store.declare(await twoRows());
    const slice = store.beginSlice(session, row, 0, 1);
    store.checkpoint({ slice, startMs: 0, endMs: 1000, rssMb: 90, ...DELTA });
    const other = openSqlite(path);
    other.exec(sql);
    other.close();
    const closed = closeStore(store, session, 'interrupted');
    if (message === null) t.is(closed.document?.rows[0].trials, 100);
    else t.regex(closed.document === null ? closed.trouble : 'a document', message);
  });
}
