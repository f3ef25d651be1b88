/**
 * Goal: the page is freed between the move and its flush where the walker needs no lock that is held then; a page table that moves under a
 * walker leaves the new address in a TLB; each fix makes one of the two wait.
 * Method: real threads in lockstep: CPU 0 stops in front of its flush, or CPU 1 with the page table locked, and the other one goes on.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('mremap') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

const start = (variant: string, knobs: Knobs): LockstepRun => LockstepRun.start({ loaded, variant, knobs, pool });

async function untilItStops(run: LockstepRun, cpu: number): Promise<string | null> {
  await run.runUntil(cpu, () => run.hasEnded(cpu) || run.waitsFor(cpu) !== null);
  return run.waitsFor(cpu);
}

/** CPU 1 goes on to its end; CPU 0 takes no step but those that acknowledge a flush. */
async function endOfCpu1(run: LockstepRun): Promise<void> {
  while (!run.hasEnded(1)) {
    if (run.waitsFor(1) === 'acknowledgements') await run.step(0);
    await run.step(1);
  }
}

for (const [variant, knobs, waitsFor, signature] of [
  ['buggy', {}, 'acknowledgements', 'stale-access'],
  ['buggy', { dirty: '1' }, 'table[0].ptl', null],
  ['flush-old-lock', {}, 'table[0].ptl', null],
  ['flush-locked', {}, 'table[0].ptl', null],
  ['flush-locked', { move: 'pmd' }, 'acknowledgements', 'stale-access'],
  ['rmap-locked', { move: 'pmd' }, 'rmap_lock', null],
] as const) {
  const what = `${variant} ${JSON.stringify(knobs)}`;
  test.serial(
    `${what}, truncate between move and flush: ${signature ?? `truncate waits for ${waitsFor}`}`,
    async (t) => {
      const run = start(variant, knobs);
      await run.runUntil(1, { step: 'T1' });
      await run.runUntil(0, { window: 'W_MOVED' });
      t.is(await untilItStops(run, 1), waitsFor);
      if (signature !== null) await endOfCpu1(run);
      t.is((await run.finish()).signature, signature);
    },
  );
}

for (const [variant, waitsFor, signature] of [
  ['recheck-pmd', 'acknowledgements', 'stale-access'],
  ['rmap-locked', 'rmap_lock', null],
] as const) {
  test.serial(`${variant}, the page table moves under a walker: ${signature ?? 'the move waits'}`, async (t) => {
    const run = start(variant, { move: 'pmd' });
    await run.runUntil(1, { window: 'W_LOCKED' });
    t.is(await untilItStops(run, 0), waitsFor);
    if (signature !== null) {
      for (; run.waitsFor(0) !== null; await run.step(0)) await run.step(1);
      await run.runUntil(0, { window: 'W_USED' });
      await endOfCpu1(run);
    }
    t.is((await run.finish()).signature, signature);
  });
}
