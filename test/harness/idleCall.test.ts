// Goal: a call that nobody waits for, whose handler fails in the idle loop of a meeting, ends one trial on all CPUs alike.
// Method: the receiver has ended its actor long before the call comes; the handler runs longer than a meeting takes.

import test from 'ava';
import { loadRace } from '../../lib/harness/loadRace.js';
import { roundTrials } from '../../lib/harness/plan.js';
import { cores, runRace } from '../../lib/harness/run.js';

const TRIALS = 3000;

test('the trial of a handler that fails in a meeting is ended by every CPU', async (t) => {
  const { race, url } = await loadRace(new URL('../fixtures/idleCall.js', import.meta.url).href);
  const outcome = await runRace(
    race,
    {
      raceUrl: url,
      race: race.name,
      variant: 'late',
      knobs: { size: 'small' },
      cpus: 2,
      machines: 1,
      sync: 'rendezvous',
      seed: 1,
      trials: TRIALS,
      stopOnFirst: false,
      recording: true,
      phases: {},
      windows: {},
      round: roundTrials('rendezvous'),
      orderTurns: 0,
      hostStartMs: performance.timeOrigin,
      cores: cores(),
    },
    { noProgressMs: 10_000, durationMs: 600_000 },
  );
  t.is(outcome.harnessError, null);
  t.is(outcome.trials, TRIALS);
  t.is(outcome.failures, TRIALS / 3, 'one trial in three posts the call');
});
