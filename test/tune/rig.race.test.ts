// Goal: the settings of a running machine change, and what is counted then is theirs. Method: a real race on real threads, in which
// some settings cannot fail and others nearly always do.

import test from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import type { Plan } from '../../lib/harness/plan.js';
import { Rigs } from '../../lib/tune/rigs.js';
import { Rig, RigFailure } from '../../lib/tune/rig.js';
import type { Point } from '../../lib/tune/point.js';
import { fixture } from '../e2e/cli.js';

async function rigOf(
  name: string,
  variant: string,
  expected: string | null,
  cpus = 2,
): Promise<{ rigs: Rigs; start: Point }> {
  const start: Point = {
    cpus,
    machines: 1,
    sync: 'rendezvous',
    round: 64,
    spin: { min: 50, max: 2000 },
    phases: {},
    windows: {},
  };
  const loaded = await loadRace(raceUrl(name)!);
  const asked = { variant, cpus, sync: start.sync, phases: {}, windows: {} };
  const plan = makePlan(loaded, { ...asked, round: 512, spin: start.spin });
  const planFor = (shape: { cpus: number; machines: number }): { plan: Plan } => ({
    plan: makePlan(loaded, { ...asked, ...shape }),
  });
  return { rigs: new Rigs(requireActors(loaded.race), expected, plan, planFor), start };
}

test.serial(
  'modes, rounds, delays and waits change while it runs; everything that is counted is counted once',
  async (t) => {
    const { rigs, start } = await rigOf('xen-pin', 'buggy', 'oops-0003');
    t.teardown(() => rigs.end());
    const points: Point[] = [
      start,
      { ...start, sync: 'stride', round: 512 },
      { ...start, round: 7, spin: { min: 0, max: 0 } },
      {
        ...start,
        phases: { shrink_page_list: { min: 640, max: 640 } },
        windows: { W_RO_NOT_PINNED: { min: 900, max: 1100 } },
      },
    ];
    let failures = 0;
    for (let turn = 0; turn < 6; turn++) {
      for (const point of points) {
        const slice = await rigs.measure(point, 20);
        t.true(slice.failures >= 0 && slice.trials >= 0 && slice.ranSeconds >= 0 && slice.ranSeconds <= slice.seconds);
        failures += slice.failures;
      }
    }
    t.true((await rigs.end()) >= failures);
  },
);

test.serial('one shape runs while the others stand still, and goes on afterwards', async (t) => {
  const { rigs, start } = await rigOf('xen-pin', 'pte-lock', null);
  t.teardown(() => rigs.end());
  const other = { ...start, cpus: 3 };
  const trials = { two: 0, three: 0 };
  for (let turn = 0; turn < 10 || Math.min(trials.two, trials.three) === 0; turn++) {
    trials.two += (await rigs.measure(start, 20)).trials;
    trials.three += (await rigs.measure(other, 20)).trials;
  }
  t.true(trials.two > 0 && trials.three > 0);
  await rigs.dismiss(other);
  t.is(await rigs.end(), 0);
});

test.serial('a harness that fails is no measurement', async (t) => {
  const loaded = await loadRace(raceUrl(fixture('broken'))!);
  const { start } = await rigOf('xen-pin', 'buggy', null);
  const rig = new Rig(
    requireActors(loaded.race),
    makePlan(loaded, { variant: Object.keys(loaded.race.variants)[0] }),
    null,
  );
  // It breaks after some thousand trials, however soon these are over.
  const measureOn = async (): Promise<never> => {
    for (;;) await rig.measure(start, 20);
  };
  await t.throwsAsync(measureOn, { instanceOf: RigFailure });
  await rig.end();
});
