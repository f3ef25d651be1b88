/**
 * Goal: the driver finds no VMA between the list and the last flush, and a VMA with an empty PTE before; what it must do then is flush for the
 * other one, which it can only know by the count of pending flushes.
 * Method: real threads in lockstep: CPU 0 stops in front of a flush, CPU 1 takes the frame back and uses it.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('pfnmap-munmap') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

/** CPU 1 has the frame in its TLB; CPU 0 goes on until the word is 0 and it holds no lock; then CPU 1 goes on to its end. */
async function signatureWhen(word: string, variant: string, knobs: Knobs): Promise<string | null> {
  const run = LockstepRun.start({ loaded, variant, knobs, pool });
  await run.runUntil(1, { step: 'D1' });
  while (run.word(word) !== 0 || run.stateOf(0).held.length > 0) {
    await run.step(0);
    if (run.waitsFor(0) === 'acknowledgements') await run.step(1);
  }
  await run.runUntil(1, 'end');
  return (await run.finish()).signature;
}

for (const [variant, knobs, zapped, unlinked] of [
  ['buggy', {}, null, 'stale-access'],
  ['flush-first-vma', { vmas: '2' }, null, 'stale-access'],
  ['flush-first-vma', { vmas: '1' }, null, null],
  ['no-nested', {}, 'stale-access', null],
  ['flush-before-unlink', { vmas: '2' }, null, null],
] as const) {
  const name = `${variant} ${JSON.stringify(knobs)}`;
  const last = 'vmas' in knobs && knobs.vmas === '2' ? 1 : 0;
  test.serial(`${name}, PTEs cleared: ${zapped ?? 'the driver flushes'}`, async (t) => {
    t.is(await signatureWhen(`vma[${last}].pte`, variant, knobs), zapped);
  });
  test.serial(`${name}, off the list: ${unlinked ?? 'flushed before'}`, async (t) => {
    t.is(await signatureWhen(`vma[${last}].listed`, variant, knobs), unlinked);
  });
}
