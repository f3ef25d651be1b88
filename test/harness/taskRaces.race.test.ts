/**
 * Goal: a task that sleeps hands its CPU to another, which may be the one that it waits for; what fails or hangs of tasks that
 * share CPUs is told as what it is, and fails again in a replay; the fixed forms hold.
 * Method: races of four tasks on two CPUs at full speed, until some trials have failed, through capture, explanation and replay.
 */
import test from 'ava';
import { timelineOf } from '../../lib/evidence/timeline.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { prove } from '../../lib/harness/replay/prove.js';
import { TASK_RACES } from '../fixtures/taskRaces.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';
import { threadsFor } from './keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/taskRaces.js', import.meta.url).href);
const KEPT = 2;

for (const [variant, signature] of Object.entries(TASK_RACES)) {
  test.serial(`${variant}: ${signature} and nothing else, explained, and the same in a replay`, async (t) => {
    t.timeout(120_000);
    await failsProved(t, loaded, { variant }, { signature, wanted: KEPT });
  });

  test.serial(`${variant}, fixed: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: `${variant}-fixed` }, 0)), []);
  });
}

test.serial('a lock that sleeps is orphaned once its task has exited, whatever interrupts come', async (t) => {
  t.timeout(120_000);
  const storm = await loadRace(new URL('../fixtures/stormExit.js', import.meta.url).href);
  for (const variant of ['mutex', 'reader', 'writer'])
    t.deepEqual(signaturesOf(await hammer(storm, { variant }, 1)), ['orphaned-lock']);
});

test.serial('store buffers: the tasks of one CPU hang, and hang again', async (t) => {
  t.timeout(120_000);
  await failsProved(t, loaded, { variant: 'two-orders', memory: 'tso' }, { signature: 'deadlock', wanted: 1 });
});

test.serial('the timeline of a hang names tasks, and shows where one gives its CPU to another', async (t) => {
  t.timeout(120_000);
  const { evidence } = await hammer(loaded, { variant: 'inversion' }, 1);
  const pool = threadsFor(t, 4);
  const { explained } = await prove(evidence[0], loaded, pool);
  const { cpus, rows } = timelineOf(evidence[0], explained!);
  t.deepEqual(
    cpus.map(({ offCpu }) => offCpu ?? false),
    [false, false, true, true],
  );
  t.is(evidence[0].processors, 2);
  const gives = rows.filter(({ text }) => /gives CPU 0 to second\/2/.test(text));
  t.true(gives.length > 0);
  t.true(gives.every(({ focus }) => focus));
  t.true(rows.some(({ cpu, text }) => cpu === 0 && text.startsWith('second/2: waits for a')));
});
