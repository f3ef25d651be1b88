/**
 * Goal: the kernel's switch_mm() lets nobody use a page behind its flush, and where interrupts are on in it, or a lazy CPU uses
 * the page, that shows.
 * Method: all states of test/fixtures/pcid.ts on two CPUs; then real threads, for as many trials as show the broken form several
 * times (one in a thousand). What fails is run again from its evidence.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved } from '../harness/hammered.js';
import { planOf } from '../stress/plan.js';
import { searched } from '../explore/searched.js';
import { runRace } from '../harness/keptThreads.js';
import pcid from '../fixtures/pcid.js';

const loaded = await loadRace(new URL('../fixtures/pcid.js', import.meta.url).href);

for (const away of ['switch', 'lazy'])
  test(`kernel, ${away}: holds in all states of two CPUs`, (t) => {
    const { found } = searched(pcid, { variant: 'kernel', knobs: { away } });
    t.is(found.cuts, 0);
    t.deepEqual([...found.failures.keys()], []);
  });

test('irqs-on: some state fails', (t) => {
  const { found } = searched(pcid, { variant: 'irqs-on', knobs: { away: 'switch' } });
  t.deepEqual([...found.failures.keys()], ['stale-access']);
});

// All states of two CPUs are known; of four, what threads meet is all there is. The broken form gets through 8000 trials with a chance of
// 0.03 %: one of a thousand fails, or more.
for (const [cpus, away, trials] of [
  [2, 'switch', 4000],
  [2, 'lazy', 4000],
  [4, 'switch', 8000],
] as const) {
  test.serial(`kernel, ${cpus} CPUs, ${away}: holds`, async (t) => {
    const plan = planOf(loaded, { variant: 'kernel', knobs: { away }, cpus, trials });
    const { harnessError, outcomes, trials: made } = await runRace(loaded.race, plan);
    t.is(harnessError, null);
    t.deepEqual(outcomes, []);
    t.is(made, trials);
  });
}

for (const variant of ['irqs-on', 'uses-lazily']) {
  test.serial(`${variant}: stale-access, and it replays`, async (t) => {
    const knobs = loaded.race.variants[variant].needs ?? {};
    await failsProved(t, loaded, { variant, knobs }, { signature: 'stale-access', wanted: 1 });
  });
}
