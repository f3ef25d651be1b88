/**
 * Goal: locks that are misused fail as what they are, explained, and fail again in a replay; the fixed forms hold.
 * Method: races after reports of kernel engineers at full speed, until some trials have failed, through capture, explanation and
 * replay; each beside its fixed form.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { LOCK_RACES } from '../fixtures/lockRaces.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/lockRaces.js', import.meta.url).href);
const KEPT = 1;

for (const { variant, fails, cpus } of LOCK_RACES) {
  test.serial(`${variant}: ${fails} and nothing else, explained, and the same in a replay`, async (t) => {
    t.timeout(120_000);
    await failsProved(t, loaded, { variant, cpus }, { signature: fails, wanted: KEPT });
  });

  test.serial(`${variant}, fixed: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: `${variant}-fixed`, cpus }, 0)), []);
  });
}
