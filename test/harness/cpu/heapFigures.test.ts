/**
 * Goal: every collection of a thread that never turns its event loop is counted once its CPU has warmed up, however many there
 * are between two looks; a CPU that allocates in its trials is told from one that does not.
 * Method: collections are forced in this thread; then a race that allocates, and the same without, run by the harness.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { CollectionCount } from '../../../lib/harness/cpu/heapFigures.js';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import { makePlan } from '../../../lib/harness/makePlan.js';
import { runRace } from '../../../lib/harness/host/run.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: { type: 'minor' }) => void;
const collectOften = (times: number): void => {
  for (let i = 0; i < times; i++) collect({ type: 'minor' });
};

test.serial('collections between rounds are counted from when the CPU is warm', (t) => {
  const count = new CollectionCount();
  collectOften(3);
  count.round(false);
  collectOften(2);
  count.round(true);
  let forced = 0;
  for (let round = 0; round < 40; round++) {
    const times = round % 5 === 0 ? 150 : 1;
    collectOften(times);
    forced += times;
    count.round(true);
  }
  const { collections } = count.end();
  // The engine may collect by itself as well, but hardly in this time.
  t.true(collections >= forced && collections <= forced + 5, `${collections} of ${forced}`);
});

test.serial('a CPU that never warms up has none', (t) => {
  const count = new CollectionCount();
  collectOften(3);
  count.round(false);
  t.deepEqual(count.end(), { collections: 0 });
});

test.serial('a race that allocates has collections in its trials', async (t) => {
  const loaded = await loadRace(new URL('../../fixtures/allocates.js', import.meta.url).href);
  const collections = async (variant: string): Promise<number> => {
    // Where the CPUs meet once a round, a hundred thousand trials are over soonest.
    const request = { variant, sync: 'stride', trials: 120_000, countsCollections: true } as const;
    const outcome = await runRace(loaded.race, makePlan(loaded, request));
    t.is(outcome.harnessError, null);
    return outcome.collections;
  };
  t.true((await collections('allocates')) > 0);
  t.is(await collections('reuses'), 0);
});
