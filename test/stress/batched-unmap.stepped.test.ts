/**
 * Goal: a system call that meets a page between its unmapping and its flush leaves the translation alive where nobody looks at the flag;
 * the flag is lost where reclaim sets it behind the flush, and counts are not.
 * Method: real threads in lockstep: CPU 0 stops with the flush owed, CPU 1 makes its system call and uses the page.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { withMutants } from '../../lib/race/mutants.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('batched-unmap') ?? 'no such race');

const mutants = { ...loaded, race: withMutants(loaded.race) };
const pool = new CpuPool(3);
test.after.always(() => pool.destroy());

/** CPU 1 has the page in its TLB; CPU 0 has unmapped it, and owes the flush. */
async function flushOwed(variant: string, knobs: Knobs): Promise<LockstepRun> {
  const run = LockstepRun.start({ loaded, variant, knobs, pool });
  await run.runUntil(1, { step: 'P1' });
  await run.runUntil(0, { window: 'W_BATCHED' });
  return run;
}

for (const [variant, op, signature] of [
  ['buggy', 'mprotect', 'stale-rights'],
  ['buggy', 'munmap', 'stale-access'],
  ['mprotect-only', 'mprotect', null],
  ['mprotect-only', 'munmap', 'stale-access'],
  ['flag', 'mprotect', null],
  ['flag', 'munmap', null],
  ['counter', 'munmap', null],
] as const) {
  test.serial(`${variant}, ${op} while a flush is owed: ${signature ?? 'the access faults'}`, async (t) => {
    const run = await flushOwed(variant, { op });
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, signature);
  });
}

test.serial('unbatched: the system call waits for the PTE lock until the page is flushed', async (t) => {
  const run = LockstepRun.start({ loaded, variant: 'unbatched', pool });
  await run.runUntil(1, { step: 'P1' });
  await run.runUntilItWaits(0);
  t.is(run.waitsFor(0), 'acknowledgements');
  await run.runUntilItWaits(1);
  t.is(run.waitsFor(1), 'page[0].ptl');
  t.is((await run.finish()).signature, null);
});

for (const [variant, signature] of [
  ['flag', 'stale-rights'],
  ['counter', null],
] as const) {
  test.serial(`${variant}: what becomes due behind the flush is ${signature === null ? 'kept' : 'lost'}`, async (t) => {
    const run = LockstepRun.start({ loaded, variant, knobs: { owed: '1' }, cpus: 3, pool });
    await run.runUntil(1, { window: 'W_FLUSHED' });
    await run.runUntil(2, { window: 'W_STORED' });
    await run.runUntil(0, { window: 'W_BATCHED' });
    await run.runUntil(1, () => run.hasEnded(1) || run.waitsFor(1) !== null);
    await run.runUntil(2, 'end');
    t.is((await run.finish()).signature, signature);
  });
}

test.serial('a page that is freed in front of its flush is found there, though nobody uses it', async (t) => {
  const variant = 'freed-before-the-flush-and-not-used';
  const run = LockstepRun.start({ loaded: mutants, variant, pool });
  await run.runUntil(1, { step: 'P1' });
  await run.runUntil(0, () => run.signature() !== null || run.waitsFor(0) !== null);
  t.is(run.signature(), 'stale-access');
  t.is(run.waitsFor(0), null, 'no flush is under way');
  await run.finish();
});
