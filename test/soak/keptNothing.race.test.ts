/**
 * Goal: a slice that fails leaves nothing behind, so that a soak of days can have a hundred thousand of them. (Its resident memory
 * grows for some hundred slices all the same: by what V8 compiles, and by the arenas of the allocator, one for each thread.)
 * Method: a row whose worker ends in each slice; objects, listeners and threads are counted after one slice, and are no more after two more.
 */
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { SoakRaces } from '../../lib/campaign/races.js';
import { rowRenewed, rowsOfEntries } from '../../lib/campaign/rows.js';
import { HostMachine } from '../../lib/harness/host/machine.js';
import { SliceStop } from '../../lib/soak/sliceStop.js';
import { Soak } from '../../lib/soak/soak.js';
import { fixture } from '../e2e/cli.js';
import { HOST, folder, newStore } from './rows.js';

/** What each slice has of its own; each count goes through the whole heap. */
const OF_A_SLICE = { HostMachine, SliceStop, Worker, SharedArrayBuffer };

function counts(): Record<string, number> {
  return Object.fromEntries(
    Object.entries(OF_A_SLICE).map(([name, made]) => [name, queryObjects(made, { format: 'count' })]),
  );
}

test('slices that fail leave nothing behind', async (t) => {
  t.timeout(120_000);
  const races = new SoakRaces(chooseRace);
  const rows = await rowsOfEntries([{ race: fixture('broken'), variant: 'exits' }], (_, error) => error, null, races);
  const store = newStore(join(folder(t), 's.db'), 3_600_000);
  const session = store.claim(HOST);
  // Three harness errors of a row are told one by one.
  const seen: Record<string, number>[] = [];
  for (const slices of [1, 3]) {
    const end = new AbortController();
    const soak = new Soak(store, session, rows, {
      signal: end.signal,
      renew: (old, source) => rowRenewed(old, source, null, races),
      classesOf: null,
      onEvent() {
        if (soak.counts()[0].harnessErrors === slices) end.abort();
      },
    });
    t.is(await soak.run(), 'interrupted');
    t.is(store.totals()[0].harnessErrors, slices);
    t.is(getEventListeners(end.signal, 'abort').length, 0);
    seen.push(counts());
  }
  // A thread that has been ended may still be on its way out: what stays would be waited for until the test is out of time.
  const [first] = seen;
  while (Object.entries(counts()).some(([name, count]) => count > first[name])) await setImmediate();
  t.pass();
  store.end(session, 'interrupted', false);
});
