/**
 * Goal: a plan has every setting, whoever asks for it, and what was asked for stands.
 * Method: plans of built-in races by what they are asked for, also on a host that cannot bind threads.
 */
import test from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { makePlan, type PlanRequest } from '../../lib/harness/makePlan.js';
import { sharedCoresOf, usualDelay, waitingOf, type Plan } from '../../lib/harness/plan.js';

async function planOf(name: string, request: PlanRequest): Promise<Plan> {
  return makePlan(await loadRace(raceUrl(name)!), request);
}

test('nothing but the variant: the settings of the race', async (t) => {
  const race = requireActors((await loadRace(raceUrl('xen-pin')!)).race);
  const plan = await planOf('xen-pin', { variant: 'buggy' });
  t.deepEqual(Object.keys(plan.phases).toSorted(), ['dup_mmap', 'shrink_page_list']);
  t.deepEqual(plan.phases['shrink_page_list'], race.phases['shrink_page_list']);
  t.deepEqual(Object.keys(plan.windows), [...race.windows]);
  t.deepEqual(plan.windows['W_RO_NOT_PINNED'], usualDelay(race, 'W_RO_NOT_PINNED', plan));
  t.deepEqual([plan.cpus, plan.machines, plan.sync, plan.round, plan.trials], [2, 1, 'rendezvous', 128, Infinity]);
  const { min, max } = waitingOf(plan);
  t.deepEqual(plan.spin, { min, max });
});

test('what was asked for stands, and the rest is as usual', async (t) => {
  const asked = { phases: { dup_mmap: { min: 1, max: 2 } }, spin: { min: 3, max: 4 }, round: 7, keep: 5 };
  const plan = await planOf('xen-pin', { variant: 'buggy', ...asked });
  t.like(plan, { spin: asked.spin, round: 7, keep: 5, phases: asked.phases });
  t.true('shrink_page_list' in plan.phases);
});

test('a round is cut to what fits into a machine', async (t) => {
  const { round } = await planOf('xen-pin', { variant: 'buggy', knobs: { pte_pages: '40' }, round: 1e6 });
  t.true(round > 0 && round < 1e6);
});

test('in lockstep nobody waits, and there is one trial in a round', async (t) => {
  const plan = await planOf('xen-pin', { variant: 'buggy', sync: 'lockstep' });
  const ranges = [...Object.values(plan.phases), ...Object.values(plan.windows)];
  t.true(ranges.length > 0 && ranges.every(({ min, max }) => min === 0 && max === 0));
  t.is(plan.round, 1);
});

test('a litmus race has nothing to record, to lock or to keep', async (t) => {
  const plan = await planOf('store-buffer', { variant: 'plain', keep: 3 });
  t.like(plan, { sync: 'stride', recording: false, lockdep: false, keep: 0, phases: {}, windows: {} });
});

test.serial('without taskset nothing is bound, and CPUs that share cores have no relay', async (t) => {
  const { PATH } = process.env;
  process.env.PATH = '/nonexistent';
  t.teardown(() => (process.env.PATH = PATH));
  const plan = await planOf('xen-pin', { variant: 'buggy', cpus: 64 });
  t.false(plan.bindCores);
  t.is(sharedCoresOf(plan), null);
});
