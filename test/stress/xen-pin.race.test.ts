/**
 * Goal: on real threads every variant does what it says of itself: one that is expected to fail fails so, and so alone,
 * within a bounded number of trials; one that is expected to hold never fails; and for no value of the knobs that decide
 * anything else is ever counted.
 * Method: each variant runs under the knobs that it needs until it fails, or to the end; then short runs of all
 * combinations, which are dealt to the variants. What is expected to fail may get through a short run: that is chance. What is not expected may not.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { combinations, dealtTo, type Parts } from './combinations.js';
import { planOf } from './plan.js';
import { Sweep } from './sweep.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(raceUrl('xen-pin') ?? 'no such race');
const { race } = loaded;

/** Trials within which a variant must fail, some 1000 times what it takes on an idle host; and those that it must hold. */
const FAILING_TRIALS = 3_000_000;
const HOLDING_TRIALS = 8000;
/**
 * Trials of each combination of knobs, by number of CPUs. With three CPUs writer=mixed is what it says; what fails at all then
 * fails in half of them, and on two CPUs some of it in one of 200.
 */
const SWEEPS: readonly {
  readonly cpus: number;
  readonly trials: number;
  readonly writers: readonly string[];
  readonly parts: Parts;
}[] = [
  { cpus: 2, trials: 250, writers: race.knobs['writer'].values, parts: 4 },
  { cpus: 3, trials: 30, writers: ['mixed'], parts: 2 },
];

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

for (const { cpus, trials, writers, parts } of SWEEPS) {
  const all = combinations(race, ['split_ptl', 'path', 'writer', 'accessed']).filter((knobs) =>
    writers.includes(knobs['writer']),
  );
  test.serial(`${cpus} CPUs, all knobs that decide: nothing unexpected`, async (t) => {
    t.timeout(120_000);
    const sweep = new Sweep(t, loaded, cpus);
    for (const [n, variant] of Object.keys(race.variants).entries()) {
      for (const knobs of dealtTo(race, all, { variant: n, parts })) {
        const expected = expectedOutcome(race, variant, knobsFor(race, variant, knobs));
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
