/**
 * Goal: a loop of tries to take a lock that is never given back is proved as what it is, explained, and hangs again in a replay; one
 * whose lock is given back ends.
 * Method: each way to try a lock at full speed, until a trial has failed.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { TRY_LOOPS } from '../fixtures/tryLoops.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/tryLoops.js', import.meta.url).href);
/** What is tried with store buffers, too. */
const UNDER_TSO = ['trylock', 'cmpxchg'];

const CASES = TRY_LOOPS.flatMap((one) => [
  { ...one, memory: 'sc' } as const,
  ...(UNDER_TSO.includes(one.lock) ? [{ ...one, memory: 'tso' } as const] : []),
]);

for (const { lock, exited, memory } of CASES)
  for (const [variant, signature] of [
    ['cycle', DEADLOCK],
    ['exited', exited],
  ])
    test.serial(
      `${lock} in a loop under ${memory}, ${variant}: ${signature} and nothing else, and the same in a replay`,
      async (t) => {
        t.timeout(120_000);
        await failsProved(t, loaded, { variant, knobs: { lock }, memory }, { signature, wanted: 1 });
      },
    );

for (const { lock } of TRY_LOOPS)
  test.serial(`${lock} in a loop, and given back: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: 'given', knobs: { lock } }, 0)), []);
  });
