/**
 * Goal: a fault changes the VMA between the copy of the VMA and that of its PTEs where fork() has not locked it, has locked it too late, or
 * where the fault does not look again when it has the lock.
 * Method: real threads in lockstep: CPU 0 stops between the two copies, CPU 1 takes its fault.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';

const loaded = await loadRace(raceUrl('vma-lock-fork') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

for (const [variant, checked, waitsFor, signature] of [
  ['buggy', false, null, 'no-anon-vma'],
  ['mmap-lock', false, 'mmap_lock', null],
  ['start-write-late', false, null, 'no-anon-vma'],
  ['start-write', false, 'mmap_lock', null],
  ['no-recheck', true, null, 'no-anon-vma'],
  ['start-write', true, 'mmap_lock', null],
] as const) {
  const when = checked ? 'a fault that has looked before fork()' : 'a fault between the copies';
  test.serial(`${variant}, ${when}: ${signature ?? `waits for ${waitsFor}`}`, async (t) => {
    const run = LockstepRun.start({ loaded, variant, pool });
    if (checked) await run.runUntil(1, { window: 'W_CHECKED' });
    await run.runUntil(0, { window: 'W_CLONED' });
    await run.runUntil(1, () => run.hasEnded(1) || run.waitsFor(1) !== null);
    t.is(run.waitsFor(1), waitsFor);
    t.is((await run.finish()).signature, signature);
  });
}
