/**
 * Goal: a race with as many signatures as it can declare fails as what the machine itself names, as any other race, and the last of its own
 * is told apart from them; what is kept is explained and fails again.
 * Method: a race that fails in every trial, on real threads, through capture and replay.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { FAILS } from '../fixtures/manySignatures.js';
import { failsProved } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/manySignatures.js', import.meta.url).href);

for (const signature of Object.keys(FAILS))
  test.serial(`${signature}, beside as many as there can be`, async (t) => {
    await failsProved(t, loaded, { variant: signature }, { signature, wanted: 1 });
  });
