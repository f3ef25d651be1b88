/**
 * Goal: an object that the RCU softirq frees under a reader without a read-side section is found in use, explained, and again in a replay;
 * under one with such a section it is not freed.
 * Method: a race in which the softirq comes at random instructions, at full speed.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/rcuCallbacks.js', import.meta.url).href);

test.serial('without a read-side section: use after free, explained, and the same in a replay', async (t) => {
  t.timeout(120_000);
  await failsProved(t, loaded, { variant: 'buggy' }, { signature: 'use-after-free', wanted: 1 });
});

test.serial('with one: no trial fails', async (t) => {
  t.timeout(120_000);
  t.deepEqual(signaturesOf(await hammer(loaded, { variant: 'fixed' }, 0)), []);
});
