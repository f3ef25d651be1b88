// Goal: a call that nobody waits for, whose handler fails in the idle loop of a meeting, ends one trial on all CPUs alike.
// Method: the receiver has ended its actor long before the call comes; the handler runs longer than a meeting takes.

import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { planOf } from '../stress/plan.js';
import { runRace } from './keptThreads.js';

const TRIALS = 3000;

test('the trial of a handler that fails in a meeting is ended by every CPU', async (t) => {
  const loaded = await loadRace(new URL('../fixtures/idleCall.js', import.meta.url).href);
  const outcome = await runRace(loaded.race, planOf(loaded, { variant: 'late', trials: TRIALS }), {
    noProgressMs: 10_000,
  });
  t.is(outcome.harnessError, null);
  t.is(outcome.trials, TRIALS);
  t.is(outcome.failures, TRIALS / 3, 'one trial in three posts the call');
});
