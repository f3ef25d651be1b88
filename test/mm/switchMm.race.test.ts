/**
 * Goal: the kernel's switch_mm() lets nobody use a page behind its flush, and where interrupts are on in it, or a lazy CPU uses
 * the page, that shows.
 * Method: test/fixtures/pcid.ts on real threads; what fails is run again from its evidence.
 */
import test from 'ava';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { runRace } from '../../lib/harness/host/run.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { planOf } from '../stress/plan.js';

const loaded = await loadRace(new URL('../fixtures/pcid.js', import.meta.url).href);

for (const [cpus, away] of [
  [2, 'switch'],
  [2, 'lazy'],
  [4, 'switch'],
] as const) {
  test.serial(`kernel, ${cpus} CPUs, ${away}: holds`, async (t) => {
    const plan = planOf(loaded, { variant: 'kernel', knobs: { away }, cpus, trials: 20_000 });
    const { harnessError, outcomes, trials } = await runRace(loaded.race, plan);
    t.is(harnessError, null);
    t.deepEqual(outcomes, []);
    t.is(trials, 20_000);
  });
}

for (const variant of ['irqs-on', 'uses-lazily']) {
  test.serial(`${variant}: stale-tlb, and it replays`, async (t) => {
    const plan = planOf(loaded, { variant, knobs: loaded.race.variants[variant].needs ?? {}, trials: 2_000_000 });
    const enough = new AbortController();
    const { harnessError, outcomes, evidence } = await runRace(
      loaded.race,
      { ...plan, keep: 1, round: 64 },
      { signal: enough.signal, onProgress: ({ failures }) => (failures > 0 ? enough.abort() : undefined) },
    );
    t.is(harnessError, null);
    t.deepEqual(
      outcomes.map(({ signature }) => signature),
      ['stale-tlb'],
    );
    const pool = new CpuPool(2);
    t.teardown(() => pool.destroy());
    t.true(isProved(await prove(evidence[0], loaded, pool)));
  });
}
