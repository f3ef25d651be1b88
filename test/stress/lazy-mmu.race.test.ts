/**
 * Goal: on real threads every row of lazy-mmu ends as its variant declares; no combination of knobs fails in a way that
 * nobody has declared; and while the rules hold, the two flushes of the mail cannot be told apart.
 * Method: short runs, bounded by trials. Rows that fail stop at their first failure. Tasks move between CPUs in most of
 * them, with more CPUs than cores as well; a CPU with two threads or none would end its run as a harness error.
 */
import test from 'ava';
import { judge } from '../../lib/statistics/verdict.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { draw } from '../../lib/machine/random.js';
import { expectedOf, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { planOf, type Short } from './plan.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(raceUrl('lazy-mmu') ?? 'no such race');
const { race } = loaded;

/** What is too little to decide is no violation. */
const GROUND = { known: null, claim: null };
const HOLDING_TRIALS = 2000;
const ALIKE_TRIALS = 5000;
/** Far more than a failing row needs; it stops at the first. */
const FAILING_TRIALS = 200_000;

/** With preemption on 1.1 % fail and die: what turns it off is told from that with a chance of error below 1e-6. */
const FOUR_CPU_TRIALS = [
  ['enter-preempt-off', 1300],
  ['flush-set-pmd', 700],
] as const;

async function run(short: Short): Promise<RunOutcome> {
  return runRace(race, planOf(loaded, short));
}

for (const { name, variant, knobs = {} } of race.rows ?? []) {
  const expected = expectedOf(race, variant, knobsFor(race, variant, knobs));
  test.serial(`${variant}: ${name}: ${expected.fails ?? 'holds'}`, async (t) => {
    const fails = expected.fails !== null;
    const outcome = await run({ variant, knobs, trials: fails ? FAILING_TRIALS : HOLDING_TRIALS, stopOnFirst: fails });
    t.is(outcome.harnessError, null);
    if (fails) t.true(outcome.failures > 0);
    else t.deepEqual([outcome.failures, outcome.trials], [0, HOLDING_TRIALS]);
    t.not(judge(expected, outcome, GROUND), 'VIOLATED');
  });
}

test.serial('while the rules hold, a flush with preemption off does no more than one with preemption on', async (t) => {
  const counts: Pick<RunOutcome, 'trials' | 'failures' | 'outcomes' | 'harnessError'>[] = [];
  for (const variant of ['flush-set-pmd', 'flush-preempt-off']) {
    const { trials, failures, outcomes, harnessError } = await run({
      variant,
      knobs: { migrate: 'always' },
      trials: ALIKE_TRIALS,
    });
    counts.push({ trials, failures, outcomes, harnessError });
  }
  t.deepEqual(counts[0], { trials: ALIKE_TRIALS, failures: 0, outcomes: [], harnessError: null });
  t.deepEqual(counts[1], counts[0]);
});

test.serial("tasks move among four CPUs, die on others' CPUs, and every thread gets its own back", async (t) => {
  for (const [variant, trials] of FOUR_CPU_TRIALS) {
    const knobs = { broken: 'R1', checks: '0', migrate: 'always' };
    const outcome = await run({ variant, knobs, trials, cpus: 4 });
    t.is(outcome.harnessError, null);
    t.is(outcome.trials, trials);
    if (variant === 'enter-preempt-off') t.is(outcome.failures, 0);
  }
});

/** A value for each knob, drawn from a number. */
function someKnobs(n: number): Knobs {
  return Object.fromEntries(
    Object.entries(race.knobs).map(([name, { values }], i) => [name, values[draw(n, i, 0) % values.length]]),
  );
}

test.serial('whatever the knobs are, nothing fails that the variant does not declare for them', async (t) => {
  const variants = Object.keys(race.variants);
  for (let n = 0; n < 9; n++) {
    const variant = variants[n % variants.length];
    const knobs = someKnobs(n);
    const expected = expectedOf(race, variant, knobs);
    const outcome = await run({ variant, knobs, trials: 1000 });
    t.not(
      judge(expected, outcome, GROUND),
      'VIOLATED',
      `${variant} ${JSON.stringify(knobs)}: ${JSON.stringify(outcome.outcomes)}`,
    );
    t.is(outcome.harnessError, null);
  }
});
