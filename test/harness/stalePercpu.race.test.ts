/**
 * Goal: a per-CPU address that a task took on one CPU and uses on another fails the trial at the use, explained and the same in a replay;
 * with migration disabled it does not. test/kernel/stalePercpu.test.ts has each kind of use.
 * Method: tasks that exchange their CPUs at full speed, until some trials have failed.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/stalePercpu.js', import.meta.url).href);

test.serial(
  'the use is stale, and nothing else; the report says whose copy it was, and where the task runs',
  async (t) => {
    t.timeout(120_000);
    const { reports } = await failsProved(t, loaded, { variant: 'buggy' }, { signature: 'stale-percpu', wanted: 2 });
    t.regex(
      reports['stale-percpu'].join('\n'),
      /^READ_ONCE of stale_counter of CPU ([01]): the task took its address there, and runs on CPU (?!\1)[01]$/m,
    );
  },
);

test.serial('migrate-disable: no trial fails; what trials leave in the variable is told', async (t) => {
  t.timeout(120_000);
  const outcome = await hammer(loaded, { variant: 'migrate-disable' }, 0);
  t.deepEqual(signaturesOf(outcome), []);
  t.deepEqual(outcome.leftPerCpu, ['stale_counter']);
});
