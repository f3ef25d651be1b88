/**
 * Goal: a wait that ends is never proved to have no end, whatever it waits for.
 * Method: some hundred trials of each kind of wait, on as many CPUs as most hosts have cores, and on more. `npm run torture:waits` has
 * millions, with the process stopped at random.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { EVERY_WAIT } from '../fixtures/everyWait.js';
import { hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/everyWait.js', import.meta.url).href);

for (const kind of EVERY_WAIT)
  test.serial(`${kind}: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: 'fixed', knobs: { kind }, cpus: 2 }, 0)), []);
  });

test.serial('more CPUs than cores, under tso: no trial fails', async (t) => {
  t.timeout(120_000);
  const conditions = { variant: 'fixed', knobs: { kind: 'mcs' }, cpus: 3, memory: 'tso' } as const;
  t.deepEqual(signaturesOf(await hammer(loaded, conditions, 0)), []);
});
