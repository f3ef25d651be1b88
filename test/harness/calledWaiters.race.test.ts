/**
 * Goal: a proof is true, and its evidence fails again, wherever interrupts came: before the proof, after it, or never; a wait that goes on behind a
 * handler is the same wait.
 * Method: CPUs that wait for ever for another one, while a third interrupts them.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/interrupts/calledWaiters.js', import.meta.url).href);

for (const [variant, signature, knobs] of [
  ['buggy', 'deadlock', { by: 'fair', from: 'calls' }],
  ['buggy', 'deadlock', { by: 'fair', from: 'lines' }],
  ['buggy', 'deadlock', { by: 'tries', from: 'calls' }],
  ['exited', 'orphaned-lock', { from: 'lines' }],
  ['unwoken', 'lost-wake-up', { from: 'calls' }],
] as const)
  test.serial(`${variant} ${Object.values(knobs).join(' ')}: ${signature}`, async (t) => {
    t.timeout(120_000);
    await failsProved(t, loaded, { variant, knobs, cpus: 3 }, { signature, wanted: 6 });
  });
