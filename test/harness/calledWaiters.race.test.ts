/**
 * Goal: a proof is true, and its evidence fails again, wherever interrupts came: before the proof, after it, or never; a wait that goes on behind a
 * handler is the same wait.
 * Method: two CPUs deadlock at locks whose holders are known, while a third interrupts them.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/interrupts/calledWaiters.js', import.meta.url).href);

for (const [by, from] of [
  ['fair', 'calls'],
  ['fair', 'lines'],
  ['tries', 'calls'],
] as const)
  test.serial(`${by}, ${from}`, async (t) => {
    t.timeout(120_000);
    await failsProved(
      t,
      loaded,
      { variant: 'buggy', knobs: { by, from }, cpus: 3 },
      { signature: 'deadlock', wanted: 6 },
    );
  });
