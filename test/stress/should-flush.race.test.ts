/**
 * Goal: on real threads every row of should-flush does what it says, with and without store buffers, and what fails is explained and
 * run again from its evidence.
 * Method: rows that should hold run some hundred trials, rows that should fail until they do.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { requireActors } from '../../lib/race/kinds.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { failsProved, hammer, signaturesOf } from '../harness/hammered.js';

const loaded = await loadRace(raceUrl('should-flush') ?? 'no such race');
const race = requireActors(loaded.race);

for (const { name, variant, knobs = {}, cpus = 2, memory = 'sc' } of race.rows) {
  const expected = expectedOutcome(race, variant, knobsFor(race, variant, knobs), memory);
  const conditions = { variant, knobs, cpus, memory };
  test.serial(`${name}: ${expected ?? 'holds'}`, async (t) => {
    if (expected !== null) await failsProved(t, loaded, conditions, { signature: expected, wanted: 1 });
    else t.deepEqual(signaturesOf(await hammer(loaded, conditions, 0)), []);
  });
}
