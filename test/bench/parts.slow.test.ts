// Goal: the parts of the bench that need real threads give every figure they promise, and each has its line on the page. Method: one
// round, as few CPUs and as short as it goes; no figure is judged by its size.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import { mainOf, measureAgainst } from '../../lib/bench/against.js';
import { ABOUT } from '../../lib/bench/about.js';
import { PARTS } from '../../lib/bench/bench.js';
import { perSecond } from '../../lib/bench/crowd.js';
import { WORKS, type WorkName } from '../../lib/bench/crowdWork.js';
import type { Figure } from '../../lib/bench/figure.js';
import { measureOversubscription } from '../../lib/bench/oversubscription.js';
import { measurePage } from '../../lib/bench/page/page.js';
import { measureRounds } from '../../lib/bench/rounds.js';
import { measureSoak } from '../../lib/bench/soak.js';
import { untilTried } from '../../lib/bench/untilTried.js';
import { WarmRuns } from '../../lib/bench/warmRuns.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';

/** No figure is judged by its size, so no code has to be optimised before it is measured. */
const BRIEF = { measureMs: 5, warmUpMs: 0 };
const OPTIONS = { rounds: 1, onPart: () => {} };

function namesOf(figures: readonly Figure[]): string[] {
  return figures.map(({ name }) => name);
}

test('every part is told of on the page', (t) => {
  t.deepEqual(Object.keys(PARTS).toSorted(), Object.keys(ABOUT).toSorted());
});

for (const work of Object.keys(WORKS) as WorkName[]) {
  test.serial(`two CPUs: ${work}`, async (t) => {
    const reports = await perSecond({ work, cpus: 2, ...BRIEF });
    t.is(reports.length, 2);
    t.true(reports[0].done > 0);
    const others = ['meet', 'shoot-each-other', 'lock'].includes(work);
    t.is(reports[1].done > 0, others);
    if (work !== 'lock') t.is(reports[0].handovers, 0);
  });
}

test.serial('the lock is handed over between the CPUs', async (t) => {
  const reports = await perSecond({ work: 'lock', cpus: 2, measureMs: 50, warmUpMs: 0, lockdep: false });
  t.true(reports.some(({ handovers }) => handovers > 0));
  t.true(reports.every(({ done, handovers }) => handovers <= done));
});

test.serial('rounds, at more CPUs than cores as well', async (t) => {
  const figures = await measureRounds(OPTIONS, { cpuCounts: [2, 5], ...BRIEF });
  t.deepEqual(namesOf(figures), ['rounds.per_s.2', 'rounds.per_s.5', 'rounds.over_bare_echo.2']);
  t.true(figures.every(({ value }) => value > 0));
});

test.serial('oversubscription', async (t) => {
  const figures = await measureOversubscription(OPTIONS, { races: ['xen-pin'], cpuCounts: [2, 5], sliceMs: 50 });
  t.deepEqual(namesOf(figures), [
    'oversubscription.xen_pin.trials_per_s.2',
    'oversubscription.xen_pin.trials_per_s.5',
    'oversubscription.xen_pin.failures_per_s.2',
    'oversubscription.xen_pin.failures_per_s.5',
  ]);
  t.true(figures.filter(({ name }) => name.includes('trials')).every(({ value }) => value > 0));
});

test.serial('soak against run', async (t) => {
  const figures = await measureSoak(OPTIONS, { races: ['xen-pin'], rowSeconds: 0.4 });
  t.deepEqual(namesOf(figures), ['soak.over_run.trials.xen_pin', 'soak.hammering_share']);
  t.true(figures[0].value > 0);
  t.true(figures[1].value > 0 && figures[1].value <= 1);
});

test('what is too short for a trial goes on for longer until there is one', async (t) => {
  const asked: string[] = [];
  const measure = async (trials: number, from: number): Promise<{ trials: number }> =>
    await untilTried('x', 0.02, async (duration) => {
      asked.push(duration);
      return { trials: asked.length < from ? 0 : trials };
    });
  t.deepEqual(await measure(7, 3), { trials: 7 });
  t.deepEqual(asked.splice(0), ['20ms', '80ms', '320ms']);
  await t.throwsAsync(measure(7, Infinity), { message: 'x: no trial in 5.12 s' });
  t.deepEqual(asked, ['20ms', '80ms', '320ms', '1280ms', '5120ms']);
});

test.serial('the live page', async (t) => {
  const figures = await measurePage(OPTIONS, 500);
  const names = namesOf(figures).filter((name) => !name.endsWith('paint_ms'));
  t.deepEqual(names, ['page.event_ms', 'page.server_share']);
  t.true(figures.every(({ value }) => value > 0));
});

test.serial('two builds side by side', async (t) => {
  const against = mainOf(fileURLToPath(new URL('../../..', import.meta.url)))!;
  t.deepEqual(await measureAgainst(OPTIONS), [], 'without another build there is nothing to compare with');
  const figures = await measureAgainst({ ...OPTIONS, against }, { races: ['xen-pin'], runMs: 20 });
  t.deepEqual(namesOf(figures), [
    'against.trials_over_other',
    'against.xen_pin_buggy.trials_over_other',
    'against.xen_pin_pte_lock.trials_over_other',
  ]);
  t.true(figures.every(({ value }) => value > 0));
  t.is(mainOf('/nowhere'), null);
});

test.serial('each setting has kept threads, and each of its runs a rate', async (t) => {
  const loaded = await loadRace(raceUrl('pgd-lock')!);
  const runs = new WarmRuns(500);
  try {
    for (const lockdep of [true, false]) {
      const rate = await runs.trialsPerSecond(
        `lockdep ${lockdep}`,
        loaded,
        { variant: loaded.race.merged, lockdep },
        20,
      );
      t.true(rate > 0);
    }
  } finally {
    await runs.end();
  }
});
