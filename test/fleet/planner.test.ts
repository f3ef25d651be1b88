/**
 * Goal: rows that should fail take no more slices than prove the hammer, however far ahead the queue is filled. Method: slices of a row that
 * should hold and of one that should fail are planned, and counts are told.
 */
import test from 'ava';
import { SlicePlan } from '../../lib/fleet/planner.js';
import { PACE, twoRows } from '../soak/rows.js';

const COUNTED = { lengthMs: 1000, hasTrials: true, hasProved: false };

test('what is queued to prove the hammer is not queued again until it has ended', async (t) => {
  const rows = (await twoRows()).map((row, i) => ({ id: i + 1, row }));
  const plan = new SlicePlan('c', 1, { seed: 1, pace: PACE, classes: false }, rows, [], []);
  const planned = (count: number, nowMs: number) => plan.plan(count, nowMs).map(({ index }) => index);
  t.deepEqual(planned(8, 0), [0, 1, 0, 0, 0, 0, 0, 0]);
  plan.note(1, 1000, COUNTED);
  t.deepEqual(planned(2, 1000), [0, 0], 'it is still on its way');
  plan.note(2, 2000, COUNTED);
  plan.ended('c/2/1.2', 2);
  t.deepEqual(planned(3, 3000), [1, 0, 0], 'it has not failed, so it is tried again');
  plan.note(2, 4000, { ...COUNTED, hasProved: true });
  plan.ended('c/2/1.11', 2);
  t.deepEqual(planned(3, 5000), [0, 0, 0]);
  t.deepEqual(planned(3, 4000 + PACE.proveEveryMs), [1, 0, 0]);
  t.deepEqual(
    planned(2, 4000 + 2 * PACE.proveEveryMs),
    [1, 0],
    'its process was killed, and nobody says that it has ended',
  );
});
