/**
 * How does a test say that a race fails, or holds? assertFails() runs until the failure, and rejects if it does not come.
 * assertHolds() rejects after a failure, and also after too few trials to say that it holds: 'HELD' needs the rate of the buggy twin,
 * which is run first. The message of a rejection is the report of the run.
 * Run: node --test examples/05-assertions.test.mjs
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFails, assertHolds, run } from 'racehammer';
import race from './01-lost-update.js';

test('the buggy form loses an update', async () => {
  await assertFails(race, { variant: 'buggy', trials: 1_000_000 });
});

test('the atomic form holds', async () => {
  await assertHolds(race, { variant: 'atomic', trials: 20_000 });
});

test('eight trials prove nothing', async () => {
  await assert.rejects(assertHolds(race, { variant: 'atomic', trials: 8 }), /INCONCLUSIVE/);
});

test('run() gives the counts', async () => {
  const { trials, failures, verdict } = await run(race, { variant: 'atomic', trials: 2000, twin: false });
  assert.deepEqual({ trials, failures, verdict }, { trials: 2000, failures: 0, verdict: 'INCONCLUSIVE' });
});
