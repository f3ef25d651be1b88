/**
 * Goal: a store between the copy and the flush of the copy is lost where the write protection was not flushed before the copy, and only there.
 * Method: real threads in lockstep: CPU 0 owes its flush, CPU 1 has copied the page and stops, CPU 0 stores.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';

const loaded = await loadRace(raceUrl('uffd-wp') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

for (const [variant, signature] of [
  ['buggy', 'lost-write'],
  ['flush-locked', null],
  ['copy-late', null],
  ['pending', null],
] as const) {
  test.serial(`${variant}, a store beside the copy: ${signature ?? 'kept'}`, async (t) => {
    const run = LockstepRun.start({ loaded, variant, pool });
    await run.runUntil(0, { window: 'W_DEFERRED' });
    await run.runUntil(1, () => run.machine.stepOf(1) === 'F2' || run.waitsFor(1) !== null);
    if (variant === 'pending') t.is(run.waitsFor(1), 'acknowledgements', 'it flushes before it copies');
    else {
      await run.runUntil(1, { window: 'W_COPIED' });
      await run.runUntil(0, () => run.machine.stepOf(0) === 'P2' || run.hasEnded(0));
    }
    t.is((await run.finish()).signature, signature);
  });
}
