/**
 * Goal: the flush misses a CPU in exactly the two places that the commits name: while loaded_mm says that CR3 changes, and between
 * the read of the generation and that word. Each fix closes the place that it names, and nothing else.
 * Method: real threads in lockstep: CPU 1 stops on its way back to the process, CPU 0 unmaps, flushes and frees the page.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { Knobs } from '../../lib/race/expectation.js';
import type { MemoryModel } from '../../lib/race/settings.js';

const loaded = await loadRace(raceUrl('should-flush') ?? 'no such race');
const LOADED = 'cpu_tlbstate[1].loaded_mm';
const SWITCHING = 1;

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

interface Form {
  readonly variant: string;
  readonly knobs?: Knobs;
  readonly memory?: MemoryModel;
}

/** CPU 1 has kept the page under the tag of the process, and has read the generation on its way back. */
async function generationRead(form: Form): Promise<LockstepRun> {
  const run = LockstepRun.start({ loaded, pool, ...form });
  await run.runUntil(1, { step: 'U3' });
  await run.runUntil(1, { window: 'W_SWITCH' });
  return run;
}

/** The same, and loaded_mm says that CR3 changes. */
async function switching(form: Form): Promise<LockstepRun> {
  const run = await generationRead(form);
  await run.runUntil(1, () => run.word(LOADED) === SWITCHING);
  return run;
}

/** CPU 0 does all that it can; then the trial ends. */
async function signatureAfterFlush(run: LockstepRun): Promise<string | null> {
  await run.runUntil(0, () => run.hasEnded(0) || run.waitsFor(0) !== null);
  return (await run.finish()).signature;
}

for (const [form, atGeneration, atSwitching] of [
  [{ variant: 'buggy' }, 'stale-access', 'stale-access'],
  [{ variant: 'buggy', knobs: { trim: '1' } }, null, null],
  [{ variant: 'eager-mask' }, null, null],
  [{ variant: 'check-switching' }, 'stale-access', null],
  [{ variant: 'switching-first' }, null, null],
  [{ variant: 'switching-fenced' }, null, null],
  [{ variant: 'switching-fenced', memory: 'tso' }, null, null],
] as const) {
  const name = JSON.stringify(form);
  test.serial(`${name}: behind the read of the generation, ${atGeneration ?? 'the flush waits'}`, async (t) => {
    t.is(await signatureAfterFlush(await generationRead(form)), atGeneration);
  });
  test.serial(`${name}: while CR3 changes, ${atSwitching ?? 'the flush waits'}`, async (t) => {
    t.is(await signatureAfterFlush(await switching(form)), atSwitching);
  });
}
