/**
 * Goal: a proved hang is counted as what it is, and the run goes on, whatever the code of the race does when it is thrown out of
 * the trial: a `finally` block, a `catch` of everything, a `recover` that resets locks, a deadlock that the race finds itself.
 * Method: a race that does each in all of its trials, run by the harness itself.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { planOf } from '../stress/plan.js';
import { runRace } from './keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/unwinding.js', import.meta.url).href);
const TRIALS = 400;

for (const [variant, signature, headline] of [
  ['finally', 'deadlock', /^DEADLOCK: 2 CPUs in a cycle$/],
  ['catches', 'deadlock', /^DEADLOCK: 2 CPUs in a cycle$/],
  ['exits', 'orphaned-lock', /^ORPHANED LOCK: lock\[0\] is held by CPU 0 \(task0\), whose task has exited$/],
  ['per-cpu', 'deadlock', /^DEADLOCK: 2 CPUs in a cycle$/],
  ['own', 'deadlock', /^DEADLOCK: 2 CPUs in a cycle$/],
] as const) {
  test.serial(`${variant}: ${signature}`, async (t) => {
    const plan = planOf(loaded, { variant, trials: TRIALS });
    const { harnessError, trials, outcomes, facts } = await runRace(loaded.race, plan, { noProgressMs: 60_000 });
    t.is(harnessError, null);
    t.is(trials, TRIALS);
    t.deepEqual(
      outcomes.map(({ signature: counted, count }) => [counted, count]),
      [[signature, TRIALS]],
    );
    t.regex(facts[signature].explanation[0], headline);
  });
}
