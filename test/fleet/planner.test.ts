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
  t.deepEqual(planned(2, 4000 + 2 * PACE.proveEveryMs), [1, 0], 'the last one has not ended, and is tried once more');
});

test('what the queue has no more, and nobody has said to have ended, is on its way no more', async (t) => {
  const rows = (await twoRows()).map((row, i) => ({ id: i + 1, row }));
  const plan = new SlicePlan('c', 1, { seed: 1, pace: PACE, classes: false }, rows, [], []);
  const planned = (count: number, nowMs: number) => plan.plan(count, nowMs).map(({ index }) => index);
  const [first, ...others] = plan.plan(4, 0).map(({ id }) => id);
  const hammer = 'c/2/1.2';
  t.true(others.includes(hammer));
  const left = new Set([first, ...others].filter((id) => id !== hammer));
  plan.compare(new Set(others), 0);
  t.deepEqual(planned(2, 1000), [0, 0], 'the hammer is on its way');
  // It goes on again for a moment, as one does that another worker gets.
  plan.compare(left, 30_000);
  plan.compare(new Set([...left, hammer]), 50_000);
  plan.compare(left, 60_000);
  plan.compare(left, 119_000);
  t.deepEqual(planned(1, 119_000), [0], 'its counts may be on their way');
  plan.compare(left, 120_000);
  t.deepEqual(planned(2, 121_000), [1, 0], 'nothing of it will arrive');
  plan.ended(hammer, 2);
  t.deepEqual(planned(2, 122_000), [0, 0], 'the new one is on its way, whatever is heard of the old one');
});
