/**
 * Goal: a CPU that has ended its actor may still do what others wait for, in a handler: nobody is called stuck for that, and nobody is kept
 * from the trial by a handler that waits. Where a CPU cannot take the call, the hang is proved.
 * Method: a race in which handlers on idle CPUs wait for a CPU that waits for all of them, at full speed.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/interrupts/stopMachine.js', import.meta.url).href);

for (const lock of ['free', 'contended'])
  test.serial(`lock=${lock}: no trial fails that can end`, async (t) => {
    t.timeout(120_000);
    const outcome = await hammer(loaded, { variant: 'fixed', knobs: { lock } }, 0);
    t.deepEqual(signaturesOf(outcome), []);
  });

test.serial('one that waits with interrupts off is a deadlock, explained, and the same in a replay', async (t) => {
  t.timeout(120_000);
  await failsProved(
    t,
    loaded,
    { variant: 'buggy', knobs: { lock: 'contended' } },
    { signature: 'deadlock', wanted: 1 },
  );
});
