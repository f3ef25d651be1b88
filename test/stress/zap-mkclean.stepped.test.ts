/**
 * Goal: write-back cleans a page that a TLB still has where it need not wait for the PTE lock, or finds it free before the flush.
 * Method: real threads in lockstep: CPU 1 has stored, CPU 0 stops in front of its flush, CPU 1 has the page written back and stores again.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';

const loaded = await loadRace(raceUrl('zap-mkclean') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

for (const [variant, window, waitsFor, signature] of [
  ['buggy', 'W_UNLOCKED', null, 'lost-write'],
  ['flush-locked', 'W_ZAPPED', null, 'lost-write'],
  ['rmap-late-unlocked', 'W_UNLOCKED', null, 'lost-write'],
  ['rmap-late', 'W_ZAPPED', 'ptl', null],
] as const) {
  test.serial(`${variant}, write-back before the flush: ${signature ?? `waits for ${waitsFor}`}`, async (t) => {
    const run = LockstepRun.start({ loaded, variant, pool });
    await run.runUntil(1, { step: 'C1' });
    await run.runUntil(0, { window });
    await run.runUntil(1, () => run.hasEnded(1) || run.waitsFor(1) !== null);
    t.is(run.waitsFor(1), waitsFor);
    t.is((await run.finish()).signature, signature);
  });
}
