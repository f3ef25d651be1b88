/**
 * Goal: what was counted while the code of a slice was written, and counts that no race can have, reach no row; what was written
 * down before stays, and time goes on.
 * Method: a book with made-up counts, and the store that it is written into.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Totals } from '../../lib/harness/host/run.js';
import { Ledger } from '../../lib/soak/ledger.js';
import { sum, without } from '../../lib/soak/rowState.js';
import { SliceBook } from '../../lib/soak/sliceBook.js';
import type { Store } from '../../lib/soak/store.js';
import { HOST, folder, newStore, twoRows } from './rows.js';

function totals(trials: number, failures = 0): Totals {
  const outcomes = failures === 0 ? [] : [{ signature: 'oops', count: failures, declared: true }];
  return { trials, rounds: 1, failures, nearMisses: 3 * trials, outcomes, firstFailureMs: null, blocks: [] };
}

async function open(t: ExecutionContext, isUntouched: () => boolean): Promise<{ store: Store; book: SliceBook }> {
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  t.teardown(() => store.end(session, 'interrupted', false));
  const [row] = store.declare(await twoRows());
  const ledger = new Ledger(store, session, () => {});
  const slice = ledger.beginSlice(row, 0, 1);
  return { store, book: new SliceBook({ ledger, slice, expected: 'oops', startMs: 0, isUntouched }) };
}

test('what was counted since the last checkpoint is left out when the code was written', async (t) => {
  let untouched = true;
  const { store, book } = await open(t, () => untouched);
  book.look(totals(100), 3, 3000);
  untouched = false;
  book.look(totals(150, 7), 6, 6000);
  t.like(book.leftOut, { why: 'code', trials: 50, failures: 7, nearMisses: 150, seconds: 3 });
  untouched = true;
  book.close([totals(190, 9), 7], 7000);
  t.like(book.leftOut, { why: 'code', trials: 90, failures: 9, seconds: 4 }, 'threads of both may run on');
  t.false(book.hasProved);
  t.like(store.totals()[0], { trials: 100, failures: 0, seconds: 3, spentMs: 7000, outcomes: [] });
  t.is(store.campaign().elapsedMs, 7000);
});

for (const [what, wrong] of [
  ['fewer trials than before', totals(50)],
  ['more trials than can be counted', totals(2 ** 60)],
  ['failures that are no number', totals(200, NaN)],
] as const) {
  test(`counts that no race can have: ${what}`, async (t) => {
    const { store, book } = await open(t, () => true);
    book.look(totals(100), 3, 3000);
    book.close([wrong, 6], 6000);
    t.is(book.leftOut?.why, 'counts');
    t.like(store.totals()[0], { trials: 100, failures: 0 });
  });
}

test('of a slice whose counts were stored over nothing is added behind the last checkpoint', async (t) => {
  const { store, book } = await open(t, () => true);
  book.look(totals(100), 3, 3000);
  book.look(totals(130, 7), 4, 4000);
  book.leaveOut('counts');
  book.close(null, 5000);
  t.like(book.leftOut, { why: 'counts', trials: 30, failures: 7 });
  t.like(store.totals()[0], { trials: 100, failures: 0, spentMs: 5000 });
});

test('what a slice leaves out is in none of the counts of its row', async (t) => {
  const { book } = await open(t, () => true);
  const before = { trials: 1000, failures: 1, nearMisses: 5, seconds: 10, harnessErrors: 0 };
  const last = totals(130, 7);
  book.look(totals(100), 3, 3000);
  book.look(last, 4, 4000);
  book.leaveOut('counts');
  book.close(null, 5000);
  const live = without(sum(before, last, 4), book.leftOut);
  t.deepEqual(live, { trials: 1100, failures: 1, nearMisses: 305, seconds: 13, harnessErrors: 0 });
  t.deepEqual(without(live, null), live);
});

for (const signature of ['oops', '__proto__', 'constructor', 'toString']) {
  test(`an interval counts what came since the one before, whatever the signature is: ${signature}`, async (t) => {
    const { store, book } = await open(t, () => true);
    const counted = (count: number): Totals => ({
      ...totals(10 * count, count),
      outcomes: [{ signature, count, declared: true }],
    });
    book.look(counted(2), 3, 3000);
    book.look(counted(5), 6, 6000);
    t.like(store.totals()[0], { trials: 50, failures: 5, nearMisses: 150, seconds: 6 });
    t.like(store.totals()[0].outcomes, [{ signature, count: 5 }]);
  });
}

test('a signature of which there were more before is none that a race can have', async (t) => {
  const { book } = await open(t, () => true);
  book.look(totals(100, 7), 3, 3000);
  book.look({ ...totals(200, 7), outcomes: [] }, 6, 6000);
  t.is(book.leftOut?.why, 'counts');
});
