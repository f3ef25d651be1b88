/**
 * Goal: the kernel's switch_mm() lets nobody use a page behind its flush, and where interrupts are on in it, or a lazy CPU uses
 * the page, that shows.
 * Method: test/fixtures/pcid.ts on real threads; what fails is run again from its evidence.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved } from '../harness/hammered.js';
import { planOf } from '../stress/plan.js';
import { runRace } from '../harness/keptThreads.js';

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
    const knobs = loaded.race.variants[variant].needs ?? {};
    await failsProved(t, loaded, { variant, knobs }, { signature: 'stale-tlb', wanted: 1 });
  });
}
