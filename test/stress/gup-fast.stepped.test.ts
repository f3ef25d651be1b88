/**
 * Goal: a walk without locks pins the page between the look for pins and the copy, or reaches a page table that was given away; an interrupt
 * that khugepaged waits for, meant for that or not, lets it end before.
 * Method: real threads in lockstep: CPU 1 stops between PMD and PTE, CPU 0 goes as far as it can.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('gup-fast') ?? 'no such race');

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

async function walking(variant: string, knobs: Knobs = {}): Promise<LockstepRun> {
  const run = LockstepRun.start({ loaded, variant, knobs, pool });
  await run.runUntil(1, { window: 'W_WALK' });
  return run;
}

for (const [variant, signature] of [
  ['buggy', 'stale-pin'],
  ['recheck-pmd', null],
] as const) {
  test.serial(
    `${variant}, a reference between the look for pins and the copy: ${signature ?? 'given back'}`,
    async (t) => {
      const run = await walking(variant);
      await run.runUntil(0, { window: 'W_COPY' });
      await run.runUntil(1, 'end');
      t.is(run.word('pins'), signature === null ? 0 : 1);
      t.is((await run.finish()).signature, signature);
    },
  );
}

for (const variant of ['buggy', 'recheck-pmd']) {
  test.serial(`${variant}, the page table is given away during the walk: table-reused`, async (t) => {
    const run = await walking(variant);
    await run.runUntil(0, 'end');
    t.is((await run.finish()).signature, 'table-reused');
  });
}

for (const [variant, knobs] of [
  ['sync-ipi', {}],
  ['sync-only', {}],
  ['buggy', { flush: 'ipi' }],
] as const) {
  test.serial(
    `${variant} ${JSON.stringify(knobs)}: khugepaged waits for the walk, and finds the page pinned`,
    async (t) => {
      const run = await walking(variant, knobs);
      await run.runUntilItWaits(0);
      t.is(run.waitsFor(0), 'acknowledgements');
      const { signature } = await run.finish();
      t.is(signature, null);
    },
  );
}
