/** Goal: one run after another has the same threads, unless one of them has failed, or other threads are needed. */
import test from 'ava';
import { loadRace, raceUrl, type LoadedRace } from '../../../lib/harness/host/loadRace.js';
import { KeptThreads } from '../../../lib/harness/host/keptThreads.js';
import { runRace } from '../../../lib/harness/host/run.js';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import { PROGRESS } from '../../../lib/machine/layout.js';
import { LINE_WORDS } from '../../../lib/sharedarraybuffer-utils/index.js';
import { planOf, type Short } from '../../stress/plan.js';

const fixture = (name: string): Promise<LoadedRace> =>
  loadRace(new URL(`../../fixtures/${name}.js`, import.meta.url).href);

/** As short as it goes: one run has a thread that does not respond. */
const WATCHDOG_MS = 100;

/** Node's numbers of the threads that have run a race, and why it was ended. */
async function threadsOf(kept: KeptThreads, loaded: LoadedRace, short: Partial<Short> & Pick<Short, 'variant'>) {
  const plan = planOf(loaded, { trials: 20, ...short });
  let machine: HostMachine | undefined;
  const { harnessError } = await runRace(loaded.race, plan, {
    threads: kept.lend(plan),
    watchdogMs: WATCHDOG_MS,
    onMachines: ([one]) => (machine = one),
  });
  const { mem, map } = machine!;
  const threads = Array.from({ length: plan.cpus }, (_, c) => mem[map.progress + c * LINE_WORDS + PROGRESS.threadId]);
  return { threads: threads.toSorted((a, b) => a - b), harnessError };
}

test('runs and replays share threads; others replace those that have failed, or are too few', async (t) => {
  const kept = new KeptThreads();
  t.teardown(() => kept.end());
  const [outcomes, broken] = await Promise.all([fixture('outcomes'), fixture('broken')]);
  const first = await threadsOf(kept, outcomes, { variant: 'buggy' });
  t.is(first.harnessError, null);
  t.deepEqual(await threadsOf(kept, outcomes, { variant: 'fixed' }), first);
  const failed = await threadsOf(kept, broken, { variant: 'exits', trials: 5000 });
  t.regex(failed.harnessError ?? '', /exit code 7/);
  const second = await threadsOf(kept, outcomes, { variant: 'fixed' });
  t.is(second.harnessError, null);
  t.true(second.threads.every((thread) => !first.threads.includes(thread)));
  const three = await threadsOf(kept, outcomes, { variant: 'fixed', cpus: 3 });
  t.is(three.threads.filter((thread) => !second.threads.includes(thread)).length, 3);
});

test('a thread that was ended in the middle of a run is replaced, and the next run has those that were there at its end', async (t) => {
  const kept = new KeptThreads();
  t.teardown(() => kept.end());
  const canary = await loadRace(raceUrl('canary')!);
  const first = await threadsOf(kept, canary, { variant: 'lock' });
  const stuck = await threadsOf(kept, canary, { variant: 'stuck-worker', knobs: { every: '10' } });
  t.is(stuck.harnessError, null);
  t.is(stuck.threads.filter((thread) => first.threads.includes(thread)).length, 1);
  t.deepEqual(await threadsOf(kept, canary, { variant: 'lock' }), stuck);
});

test('nobody is lent what somebody else has; given back behind the end, threads are gone', async (t) => {
  const kept = new KeptThreads();
  const [one, other] = [kept.lendForReplay(1), kept.lendForReplay(1)];
  const task = {} as never;
  // A task that is none: the threads have begun, and have failed.
  await Promise.all([one, other].map((threads) => t.throwsAsync(threads.run(task))));
  t.true(await one.goneOf(0));
  await kept.end();
  await Promise.all([one, other].map((threads) => threads.destroy()));
  await t.throwsAsync(one.run(task), { message: 'the threads have been given back' });
});
