/**
 * Goal: memory is told as it is between slices, so that longer slices do not look like growth, and growth does.
 * Method: a store of slices that grow longer, each of which holds 25 MB more while it runs.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { MemoryFigures } from '../../lib/report/soak/document.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { memoryHistoryOf } from '../../lib/soak/history.js';
import { Store } from '../../lib/soak/store.js';
import { HOST, PACE, WHOLE, folder, twoRows } from './rows.js';

const NOTHING = { seconds: 3, trials: 1, failures: 0, nearMisses: 0, outcomes: [] };

/** Memory of a soak of 40 slices, that holds `base` MB between them after so many hours. */
async function memory(t: ExecutionContext, base: (hours: number) => number): Promise<MemoryFigures> {
  const db = SoakDatabase.create(join(folder(t), 's.db'));
  const store = new Store(db);
  store.begin({ name: 'test', seed: 1, budgetMs: 3_600_000, pace: PACE });
  const session = store.claim(HOST);
  const [row] = store.declare(await twoRows());
  let ms = 0;
  for (let i = 0; i < 40; i++) {
    const slice = store.beginSlice(session, row, ms, i);
    const intervals = 1 + Math.floor(i / 10);
    for (let n = 1; n <= intervals; n++, ms += 3000) {
      const running = n < intervals ? 25 : 0;
      store.checkpoint({ slice, startMs: ms, endMs: ms + 3000, rssMb: base(ms / 3_600_000) + running, ...NOTHING });
    }
    store.endSlice(slice, WHOLE);
  }
  const figures = memoryHistoryOf(db);
  store.end(session, 'whole', true);
  return figures;
}

test('longer slices are no growth', async (t) => {
  const { samples, mostMb, mbPerHour } = await memory(t, () => 90);
  t.is(mostMb, 115);
  t.true(samples.length > 30 && samples.every(({ mb }) => mb === 90));
  t.deepEqual(mbPerHour, { slope: 0, low95: 0, high95: 0 });
});

test('what is not given back between slices is', async (t) => {
  const { mbPerHour } = await memory(t, (hours) => 90 + 60 * hours);
  t.true(Math.abs(mbPerHour!.slope - 60) < 1);
});
