/**
 * Goal: on real threads every variant of numa-protnone does what it says of itself: one that is expected to fail does so
 * within a bounded number of trials, one that is expected to hold never fails; and the rows of `verify` come out as they say.
 * Method: each variant runs under the knobs that it needs until it fails, or to the end; then short runs of the rows and of
 * three CPUs. What is expected to fail may get through a short run: that is chance. What is not expected may not.
 * Every instant of every combination of knobs is in numa-protnone.knobs.slow.test.ts.
 */
import test from 'ava';
import { UNDECLARED } from '../../lib/statistics/verdict.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { planOf } from './plan.js';
import { Sweep } from './sweep.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(raceUrl('numa-protnone') ?? 'no such race');
const { race } = loaded;

/** Trials within which a variant must fail, far more than it takes on an idle host; and those that it must hold. */
const FAILING_TRIALS = 2_000_000;
const HOLDING_TRIALS = 8000;
/**
 * Trials of each row, by number of CPUs. What fails at all fails in every trial of one CPU, in 6 % or more of those of two, in 24 % or more
 * of those of three: a row that fails in none of them by chance comes in less than one of a billion runs.
 */
const SWEEP_TRIALS = { 1: 20, 2: 350, 3: 100 } as const;

for (const variant of Object.keys(race.variants)) {
  const expected = expectedOutcome(race, variant, knobsFor(race, variant, {}));
  test.serial(`${variant}: ${expected ?? 'holds'}`, async (t) => {
    const trials = expected === null ? HOLDING_TRIALS : FAILING_TRIALS;
    const met = new AbortController();
    // The first to fail may be another one that is expected as well, and comes more often.
    const outcome = await runRace(race, planOf(loaded, { variant, trials }), {
      signal: met.signal,
      onProgress: ({ outcomes }) => {
        if (outcomes.some(({ signature, count }) => signature === expected && count > 0)) met.abort();
      },
    });
    t.is(outcome.harnessError, null);
    if (expected === null) {
      t.deepEqual(outcome.outcomes, []);
      t.is(outcome.trials, HOLDING_TRIALS);
    } else {
      t.true(outcome.outcomes.some((o) => o.signature === expected));
      t.true((outcome.reports[expected] ?? []).length > 0);
    }
  });
}

for (const cpus of [1, 2, 3] as const) {
  test.serial(`the rows on ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`, async (t) => {
    const sweep = new Sweep(t, loaded, cpus);
    for (const { name, variant, knobs = {} } of race.rows ?? []) {
      const expected = expectedOutcome(race, variant, knobsFor(race, variant, knobs));
      const counted = await sweep.run({ variant, knobs, cpus, trials: SWEEP_TRIALS[cpus] });
      if (expected === null) t.deepEqual(counted, [], name);
      else t.false(counted.includes(UNDECLARED), name);
      // Without another CPU nothing is left to chance.
      if (cpus === 1) t.deepEqual(counted, expected === null ? [] : [expected], name);
    }
  });
}
