/**
 * Goal: on real threads every variant does what it says of itself, with two CPUs and with more: one that is expected to fail
 * fails so, and so alone; one that is expected to hold never fails; no value of a knob makes anything else happen.
 * Method: each variant runs under the knobs that it needs until it fails, or to the end; the cycle through a third CPU is
 * hammered by itself; then each variant runs shortly with values drawn for all knobs. What is expected to fail may get
 * through a short run: that is chance. What is not expected may not.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { draw } from '../../lib/machine/random.js';
import { expectedOutcome, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { planOf } from './plan.js';
import { Sweep } from './sweep.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(raceUrl('pgd-lock') ?? 'no such race');
const { race } = loaded;

/** Trials within which a variant must fail, some 1000 times what it takes on an idle host; and those that it must hold. */
const FAILING_TRIALS = 1_000_000;
const HOLDING_TRIALS = 8000;

for (const variant of Object.keys(race.variants)) {
  const expected = expectedOutcome(race, variant, knobsFor(race, variant, {}));
  const trials = expected === null ? HOLDING_TRIALS : FAILING_TRIALS;
  test.serial(`${variant}: ${expected ?? 'holds'}`, async (t) => {
    const outcome = await runRace(race, planOf(loaded, { variant, trials, stopOnFirst: true }));
    t.is(outcome.harnessError, null);
    t.deepEqual(
      outcome.outcomes.map((o) => o.signature),
      expected === null ? [] : [expected],
    );
    if (expected === null) t.is(outcome.trials, HOLDING_TRIALS);
    else t.true((outcome.reports[expected] ?? []).length > 0);
  });
}

for (const [cpus, knobs, members] of [
  [3, { mm_cpumask: 'one' }, 3],
  [3, {}, undefined],
  [8, {}, undefined],
] as const) {
  test.serial(`buggy, ${cpus} CPUs ${JSON.stringify(knobs)}: deadlock`, async (t) => {
    const plan = planOf(loaded, { variant: 'buggy', knobs, cpus, trials: FAILING_TRIALS, stopOnFirst: true });
    const { harnessError, outcomes, reports } = await runRace(race, plan);
    t.is(harnessError, null);
    t.deepEqual(
      outcomes.map((o) => o.signature),
      ['deadlock'],
    );
    if (members !== undefined) t.true(reports['deadlock'].includes(`DEADLOCK: ${members} CPUs in a cycle`));
  });
}

test.serial('8 CPUs: the machine comes back from every deadlock, and the fixes hold', async (t) => {
  t.timeout(120_000);
  for (const [variant, trials] of [
    ['buggy', 20],
    ['plain-lock', 24],
    ['unlock-first', 24],
    ['rwlock', 24],
  ] as const) {
    const outcome = await runRace(race, planOf(loaded, { variant, cpus: 8, trials }));
    t.is(outcome.harnessError, null);
    t.is(outcome.trials, trials);
    t.is(outcome.failures > 0, variant === 'buggy');
  }
});

/** A value for each knob, the same ones for the same number. */
function drawKnobs(n: number): Knobs {
  return Object.fromEntries(
    Object.entries(race.knobs).map(([name, { values }], k) => [name, values[draw(1, k, n) % values.length]]),
  );
}

for (const { cpus, draws, trials } of [
  { cpus: 2, draws: 12, trials: 500 },
  { cpus: 4, draws: 4, trials: 50 },
]) {
  test.serial(`${cpus} CPUs, knobs as drawn: nothing unexpected`, async (t) => {
    t.timeout(120_000);
    const sweep = new Sweep(t, loaded, cpus);
    for (let n = 0; n < draws; n++) {
      const knobs = drawKnobs(n);
      for (const variant of Object.keys(race.variants)) {
        const expected = expectedOutcome(race, variant, knobs);
        const counted = await sweep.run({ variant, knobs, cpus, trials });
        t.deepEqual(
          counted.filter((signature) => signature !== expected),
          [],
          `${variant} ${JSON.stringify(knobs)}`,
        );
      }
    }
  });
}
