// Goal: a fix that is undone is never called HELD, and a row without a twin is told apart. Method: rows as `verify` would show them, with
// a real buggy twin on real threads, and knobs under which nothing fails.

import test from 'ava';
import { verdictOnMutant } from '../../lib/bench/mutants.js';
import { floorRate, powerOf } from '../../lib/statistics/power.js';
import { HELD } from '../report/run/madeUpRun.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { knobsFor } from '../../lib/race/knobs.js';

const { race } = await loadRace(raceUrl('numa-protnone') ?? 'no such race');
const ROW = {
  ...HELD,
  race: race.name,
  variant: 'pv-numa',
  knobs: knobsFor(race, 'pv-numa', {}),
  cpus: 1,
  seconds: 30,
  row: '29c77870, mprotect',
};

test.serial('its mutant fails', async (t) => {
  t.is(await verdictOnMutant({ ...ROW, power: { ...floorRate(0.1), ...powerOf(floorRate(0.1), 0) } }), 'VIOLATED');
});

test.serial('where the buggy form is expected to hold as well there is no mutant', async (t) => {
  const xenPin = (await loadRace(raceUrl('xen-pin') ?? 'no such race')).race;
  const variant = 'split-ptl-off';
  const knobs = knobsFor(xenPin, variant, { path: 'run' });
  t.is(await verdictOnMutant({ ...ROW, race: 'xen-pin', variant, knobs, cpus: 2, power: null }), null);
});
