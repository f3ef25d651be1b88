/**
 * Goal: a search for settings begins with the order that all states give of the failure. Method: races whose shortest orders are known, one
 * that holds, and one whose tasks share CPUs.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadTyped } from '../../lib/cli/chooseRace.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { graphOrder } from '../../lib/run/order/graphOrder.js';

const { signal } = new AbortController();

async function orderFor(typed: string, variant: string, asked: Readonly<Record<string, string>> = {}) {
  const named = { ...(await loadTyped(typed)), typed };
  const { race } = named;
  const conditions = { variant, knobs: knobsFor(race, variant, asked), cpus: race.cpus.default, memory: 'sc' as const };
  return graphOrder(named, conditions, signal);
}

test.serial('the window of the race is where its order says', async (t) => {
  const order = await orderFor('xen-pin', 'buggy');
  if ('reason' in order) throw new Error(order.reason);
  t.is(order.signature, 'oops-0003');
  t.deepEqual(
    order.waits.map(({ cpu, at, window }) => [cpu, window ?? at]),
    [
      [1, 'start'],
      [0, 'W_RO_NOT_PINNED'],
    ],
  );
});

test.serial('the order of tasks that share CPUs is run, and no delays are made of it', async (t) => {
  const order = await orderFor(fileURLToPath(new URL('../fixtures/taskRaces.js', import.meta.url)), 'if-cond-schedule');
  t.deepEqual(order, { reason: 'its tasks share CPUs, and delays do not decide which of them has one' });
});

test.serial('a variant that holds has none, and that is said', async (t) => {
  t.deepEqual(await orderFor('xen-pin', 'pte-lock'), { reason: 'it is expected to hold' });
});
