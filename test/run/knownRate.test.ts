// Goal: a twin is hammered until its failures decide the run that is judged by them. Method: made-up counts, in one burst and spread
// out.

import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { RUN } from '../../lib/cli/run/options.js';
import type { Totals } from '../../lib/harness/host/run.js';
import { saysEnough } from '../../lib/run/knownRate.js';

const chosen = await chooseRace(new URL('../fixtures/outcomes.js', import.meta.url).pathname + ':fixed');
const FLAGS = { ...defaultsOf(RUN) };
const EXPECTED = { fails: 'lost', alsoFails: [], minority: null };

/** Counts of failures that lie in so many of the blocks of 1, 2, 4 … trials. */
function totals(trials: number, blocks: readonly number[]): Totals {
  const [failures] = blocks;
  const outcomes = [{ signature: 'lost', count: failures, declared: true }];
  return { trials, failures, nearMisses: 0, rounds: 1, outcomes, firstFailureMs: 0, blocks };
}

/** 500 failures in the first trials of 10,000, and every twentieth of as many. */
const BURST = totals(10_000, [500, 250, 125, 63, 32, 16, 8, 4, 2, 1, 1, 1, 1, 1]);
const SPREAD = totals(10_000, [500, 500, 500, 500, 500, 313, 157, 79, 40, 20, 10, 5, 3, 2]);

test('failures of one burst decide no run of the same length, however many they are', (t) => {
  const [request] = requestsFor(chosen, { ...FLAGS, trials: 10_000 });
  t.false(saysEnough(request, EXPECTED, BURST, 1));
  t.true(saysEnough(request, EXPECTED, SPREAD, 1));
});

test('a run that is limited by time is taken to make half of the trials of its twin', (t) => {
  const [request] = requestsFor(chosen, { ...FLAGS, duration: 1000 });
  t.true(saysEnough(request, EXPECTED, SPREAD, 1));
  t.false(saysEnough(request, EXPECTED, BURST, 1), 'and that are 5,000 trials');
});

test('for a run that is too short to be decided no twin goes on', (t) => {
  for (const trials of [8, 400, 999]) {
    const [request] = requestsFor(chosen, { ...FLAGS, trials });
    t.true(saysEnough(request, EXPECTED, BURST, 1), `${trials} trials`);
  }
  const [request] = requestsFor(chosen, { ...FLAGS, trials: 1000 });
  t.false(saysEnough(request, EXPECTED, BURST, 1));
});
