// Goal: the examples in examples/js fail and hold as they say, of threads and of all states. Method: each form of each, as a run of the harness
// and as a search.

import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { exploreRace } from '../harness/exploredRace.js';
import { hammer, signaturesOf } from '../harness/hammered.js';

/** Half a million states. */
const LARGE = ['lock'];

for (const name of ['lock', 'ring-buffer', 'condition', 'seqlock']) {
  test.serial(`${name}: its first form fails as it says, the other one does not fail`, async (t) => {
    t.timeout(120_000);
    const loaded = await loadRace(new URL(`../../../examples/js/${name}.js`, import.meta.url).href);
    const [[faulty, { expects }], [fixed]] = Object.entries(loaded.race.variants);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: faulty }, 1)), [expects[0].fails]);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: fixed }, 0)), []);
    if (LARGE.includes(name)) return;
    const { found } = await exploreRace(loaded.race, faulty);
    t.deepEqual([...found.failures.keys()], [expects[0].fails]);
    t.is((await exploreRace(loaded.race, fixed)).verdict, 'PROVED');
  });
}
