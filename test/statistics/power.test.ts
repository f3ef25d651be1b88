// Goal: a fix that fixes nothing is called HELD in one of a thousand runs at most, whatever its rate is and however its twin was
// counted; and no more trials are asked for than that takes. Method: no chance, exact sums over all counts that a twin can come
// to, weighted by their probability.

import test from 'ava';
import fc from 'fast-check';
import { Random } from '../../lib/tune/random.js';
import { CHANCE_MAX, countedRate, floorRate, isEnoughToDecide, powerOf } from '../../lib/statistics/power.js';
import type { PlacedFailures } from '../../lib/statistics/counts.js';
import { lnBinomialTail } from '../../lib/statistics/tails.js';

/** What the same code may fail less often a minute later, as power.ts has it. */
const DRIFT = 3;
/** Failures after which a twin is not hammered any longer. */
const ENOUGH = 100;

/** Probability that so many of `n` trials fail. */
function probability(k: number, n: number, p: number): number {
  const atLeast = (j: number): number => Math.exp(lnBinomialTail('atLeast', j, n, p));
  return Math.max(0, atLeast(k) - atLeast(k + 1));
}

/** The chance that trials of a fix which fails at rate `q` go on without a failure until they decide against the twin's counts. */
function passes(failures: number, trials: number, q: number): number {
  const { trialsNeeded } = powerOf(countedRate('twin', 'buggy', { failures, trials, blocks: [] }), 0);
  return trialsNeeded === null ? 0 : Math.exp(trialsNeeded * Math.log1p(-q));
}

/** The same over all that a twin of rate `p` can come to in `m` trials. */
function passesAfter(m: number, p: number, q: number): number {
  let sum = 0;
  for (let k = 1; k <= m; k++) {
    const chance = probability(k, m, p);
    if (chance < 1e-12 && k > m * p) break;
    sum += chance * passes(k, m, q);
  }
  return sum;
}

/** The same of one that ends with its hundredth failure: the number of its trials is what is drawn. */
function passesAtEnough(p: number, q: number): number {
  let sum = 0;
  let chance = p ** ENOUGH;
  for (let m = ENOUGH; chance > 1e-14 || m < ENOUGH / p; m++) {
    sum += chance * passes(ENOUGH, m, q);
    chance *= (m * (1 - p)) / (m - ENOUGH + 1);
  }
  return sum;
}

test('of twins that were hammered for a number of trials, at any rate, also where both fail three times less often by then', (t) => {
  const rate = fc.double({ min: -4, max: -0.05, noNaN: true }).map((exponent) => 10 ** exponent);
  t.notThrows(() =>
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 400 }), (p, m) => {
        return passesAfter(m, p, p) <= CHANCE_MAX && passesAfter(m, p, p / DRIFT) <= CHANCE_MAX;
      }),
      { numRuns: 60 },
    ),
  );
});

test('of twins that fail once or twice, where the rate is known worst', (t) => {
  // Where few failures are expected of 100 trials the worst case lies between one in a thousand of them and ten.
  for (let expected = 1e-4; expected < 20; expected *= 1.2) {
    const p = expected / 100;
    if (p < 1) t.true(passesAfter(100, p, p / DRIFT) <= CHANCE_MAX, `at ${p}`);
  }
});

test('of twins that end with their hundredth failure', (t) => {
  for (const p of [0.02, 0.1, 0.3, 0.7, 0.95]) t.true(passesAtEnough(p, p / DRIFT) <= CHANCE_MAX, `at ${p}`);
});

/** A twin whose failures come in bursts of about `size`, on average `apart` trials from the end of one to the next; ends with its hundredth failure. */
function burstTwin(random: Random, size: number, apart: number): PlacedFailures {
  const failed: number[] = [];
  for (let trial = 0; failed.length < ENOUGH;) {
    trial += Math.ceil(-Math.log(random.next()) * apart);
    for (let i = 0; i < size && failed.length < ENOUGH; i++, trial += random.next() < 0.5 ? 1 : 2) failed.push(trial);
  }
  return placed(failed);
}

/** Counts failures of these trials, the last of which was the last trial. */
function placed(failed: readonly number[]): PlacedFailures {
  return counted(failed, failed.at(-1)!);
}

function counted(failed: readonly number[], trials: number): PlacedFailures {
  const blocks = Array.from({ length: 1 + Math.floor(Math.log2(trials)) }, (_, s) => 2 ** s).map((length) => ({
    trials: length,
    count: failed.filter((trial, i) => i === 0 || Math.floor(trial / length) > Math.floor(failed[i - 1] / length))
      .length,
  }));
  return { trials, failures: failed.length, blocks };
}

test('of twins whose failures come in bursts: a fix that fixes nothing has none until the next burst', (t) => {
  const random = new Random(1);
  const apart = 1000;
  for (const size of [1, 2, 5, 10, 20, 30]) {
    const twins = Array.from({ length: 1000 }, () => burstTwin(random, size, apart));
    const chance = (of: (twin: PlacedFailures) => PlacedFailures): number =>
      twins.reduce((sum, twin) => {
        const { trialsNeeded } = powerOf(countedRate('twin', 'buggy', of(twin)), 0);
        return sum + Math.exp(-trialsNeeded! / apart) / twins.length;
      }, 0);
    const known = chance((twin) => twin);
    // A twin that ends with its hundredth failure has seen five bursts of 20.
    t.true(known <= (size <= 10 ? 1 : 3) * CHANCE_MAX, `bursts of ${size}: ${known}`);
    if (size >= 10)
      t.true(chance((twin) => ({ ...twin, blocks: [] })) > 50 * CHANCE_MAX, `bursts of ${size}, not looked at`);
  }
});

/** Whether a twin whose failures come in bursts decides `trials` trials of a fix, if it goes on until it does, but no further than `most`. */
function decidesInTime(random: Random, size: number, apart: number, trials: number, most: number): boolean {
  const failed: number[] = [];
  const gap = (): number => Math.ceil(-Math.log(random.next()) * apart);
  let next = gap();
  for (let now = apart; now <= most; now += apart) {
    for (let i = failed.length + 1; next <= now; i++) {
      failed.push(next);
      next += i % size === 0 ? gap() : 1;
    }
    const known = countedRate('twin', 'buggy', counted(failed, now));
    if (failed.length >= ENOUGH && isEnoughToDecide(known, trials)) return true;
  }
  return false;
}

test('of twins in bursts that are looked at again and again until they decide', (t) => {
  const random = new Random(3);
  const apart = 1000;
  for (const size of [10, 30]) {
    for (const trials of [2000, 4000]) {
      const twins = Array.from({ length: 100 }, () => decidesInTime(random, size, apart, trials, 40 * apart));
      const chance = (twins.filter(Boolean).length / twins.length) * Math.exp(-trials / apart);
      t.true(chance <= (size <= 10 ? 1 : 3) * CHANCE_MAX, `bursts of ${size}, ${trials} trials: ${chance}`);
    }
  }
});

test('where failures are spread evenly the blocks ask for no more', (t) => {
  const random = new Random(2);
  for (const p of [0.9, 0.3, 0.01]) {
    const failed: number[] = [];
    for (let trial = 1; failed.length < 1000; trial++) if (random.next() < p) failed.push(trial);
    const counts = placed(failed);
    const needed = (of: PlacedFailures): number => powerOf(countedRate('twin', 'buggy', of), 0).trialsNeeded!;
    t.true(needed(counts) <= 1.3 * needed({ ...counts, blocks: [] }), `at ${p}`);
  }
});

test('no more is asked for: half of the trials would be too few for a twin that is known well', (t) => {
  const known = countedRate('twin', 'buggy', { failures: 10_000, trials: 1_000_000, blocks: [] });
  const { trialsNeeded } = powerOf(known, 0);
  t.true(trialsNeeded !== null && Math.exp((trialsNeeded / 2) * Math.log1p(-0.01 / DRIFT)) > CHANCE_MAX);
});

test('the first thousand trials decide nothing, unless the twin has shown itself in fewer', (t) => {
  const needed = (failures: number, trials: number): number | null =>
    powerOf(countedRate('twin', 'buggy', { failures, trials, blocks: [] }), 0).trialsNeeded;
  t.is(needed(90_000, 100_000), 1000);
  t.is(needed(990, 1000), 1000);
  t.is(needed(100, 110), 110);
});

test('the sooner decided the more often the twin fails', (t) => {
  const needed = (failures: number): number =>
    powerOf(countedRate('twin', 'buggy', { failures, trials: 1_000_000, blocks: [] }), 0).trialsNeeded ?? Infinity;
  t.true([1, 2, 10, 100, 1000, 10_000].every((failures, i, all) => i === 0 || needed(failures) < needed(all[i - 1])));
  t.is(needed(0), Infinity);
});

test('what does not fail decides nothing, and a floor does without counts', (t) => {
  const silent = countedRate('twin', 'buggy', { failures: 0, trials: 1e9, blocks: [] });
  t.deepEqual(powerOf(silent, 1e12), { trialsNeeded: null, chance: 1 });
  t.false(isEnoughToDecide(silent, 1e12));
  const floor = floorRate(0.1);
  t.deepEqual([isEnoughToDecide(floor, 65), isEnoughToDecide(floor, 66)], [false, true]);
  t.true(powerOf(floor, 66).chance <= CHANCE_MAX && powerOf(floor, 65).chance > CHANCE_MAX);
});

test('failures that were counted before their trials make no rate above one', (t) => {
  t.like(countedRate('twin', 'buggy', { failures: 7, trials: 5, blocks: [] }), { failures: 7, trials: 7 });
});
