// Goal: a row that should fail ends when it has shown it, and has one longer try before it counts as not reproduced. Method:
// the steps of a row with a made-up hammer.

import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import type { RunOrder } from '../../lib/cli/runOrder.js';
import { hasFailedEnough, secondTry, verifyRow } from '../../lib/cli/verify.js';
import { rowsFor, type VerifyOrder } from '../../lib/cli/verifyOptions.js';
import { knobsFor } from '../../lib/race/defineRace.js';
import type { RunDocument } from '../../lib/report/runDocument.js';
import { BROKEN, HELD, NOT_REPRODUCED, REPRODUCED, VIOLATED } from '../report/madeUpRun.js';

const GOING_ON = new AbortController().signal;

async function firstRow(): Promise<VerifyOrder> {
  const [row] = await rowsFor(['xen-pin'], { row: [], budget: '2s', seed: '0xffffffff' });
  return row;
}

test('a hundred failures of the expected kind are enough, of another kind never', (t) => {
  const seen = (signature: string, count: number) => ({ outcomes: [{ signature, count }] });
  t.true(hasFailedEnough('lost', seen('lost', 100)));
  t.false(hasFailedEnough('lost', seen('lost', 99)));
  t.false(hasFailedEnough('lost', seen('other', 1000)));
  t.false(hasFailedEnough(null, seen('lost', 1000)));
  t.false(hasFailedEnough('lost', { outcomes: [] }));
});

test('the second try is three times longer and draws other delays', async (t) => {
  const { order } = await firstRow();
  const second = secondTry(order);
  t.is(second.durationMs, 6000);
  t.is(second.plan.seed, 0);
  t.deepEqual({ ...second.plan, seed: order.plan.seed }, order.plan);
});

test('only a row that should have failed has a second try', async (t) => {
  const row = await firstRow();
  for (const document of [REPRODUCED, HELD, VIOLATED, BROKEN]) {
    const runs: RunOrder[] = [];
    const result = await verifyRow(row, GOING_ON, (order) => {
      runs.push(order);
      return Promise.resolve(document);
    });
    t.deepEqual(result, { ...document, row: row.row, firstTry: null });
    t.deepEqual(runs, [row.order]);
  }
});

test('the second try is what counts, and the first is kept', async (t) => {
  const row = await firstRow();
  for (const second of [REPRODUCED, NOT_REPRODUCED, VIOLATED]) {
    const tries = [NOT_REPRODUCED, second];
    const result = await verifyRow(row, GOING_ON, () => Promise.resolve(tries.shift() ?? BROKEN));
    t.deepEqual(result, { ...second, row: row.row, firstTry: NOT_REPRODUCED });
  }
});

test('an interrupt leaves no second try, or ends it', async (t) => {
  const row = await firstRow();
  const cutOff: RunDocument = { ...NOT_REPRODUCED, interrupted: true };
  const interrupted = await verifyRow(row, AbortSignal.abort(), () => Promise.resolve(cutOff));
  t.deepEqual(interrupted, { ...cutOff, row: row.row, firstTry: null });
  const tries = [NOT_REPRODUCED, { ...BROKEN, trials: 0, harnessError: null, interrupted: true }];
  const notBegun = await verifyRow(row, GOING_ON, () => Promise.resolve(tries.shift() ?? BROKEN));
  t.deepEqual(notBegun, { ...cutOff, row: row.row, firstTry: null });
});

test('every row of a built-in race runs under the conditions that it names', async (t) => {
  const { race } = await chooseRace('xen-pin');
  const rows = await rowsFor(['xen-pin'], { row: [] });
  t.deepEqual(
    rows.map(({ row }) => row),
    race.rows.map(({ name }) => name),
  );
  for (const [i, { order }] of rows.entries()) {
    const { variant, knobs = {}, cpus = race.cpus.default, sync = 'rendezvous' } = race.rows[i];
    t.like(order.plan, { variant, cpus, machines: 1, sync, trials: Infinity, recording: true, stopOnFirst: false });
    t.deepEqual(order.plan.knobs, knobsFor(race, variant, knobs));
    t.is(order.durationMs, 2000);
    t.is(order.plan.seed, rows[0].order.plan.seed);
  }
});
