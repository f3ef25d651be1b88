/**
 * Goal: every row has a turn early, rows that should hold share most of the time by weight, rows that should fail come up as
 * often as they must prove themselves and never take all of it.
 * Method: the schedule by itself, over simulated time.
 */
import test from 'ava';
import { firstSliceMs, nextRow, sliceMs, type RowStanding } from '../../lib/soak/schedule.js';

const PACE = { sliceMs: 30_000, proveEveryMs: 3_600_000 };

interface Simulated {
  weight: number;
  holds: boolean;
  hasTrials: boolean;
  spentMs: number;
  slices: number;
  provedAtMs: number | null;
  triedAtMs: number | null;
}

function row(holds: boolean, weight = 1): Simulated {
  return { weight, holds, hasTrials: false, spentMs: 0, slices: 0, provedAtMs: null, triedAtMs: null };
}

/**
 * Runs the schedule; a row that should fail and `works` ends its slice after a second, one that does not after
 * `longestProofMs` at the latest, as if it broke. Returns the order of the turns.
 */
function simulate(
  rows: Simulated[],
  budgetMs: number,
  works: (row: number) => boolean = () => true,
  longestProofMs = Infinity,
  counts: (row: number, slices: number) => boolean = () => true,
): number[] {
  const turns: number[] = [];
  const firstMs = firstSliceMs(budgetMs, rows.length);
  for (let now = 0; now < budgetMs;) {
    const i = nextRow(rows, now, PACE);
    const r = rows[i];
    const proves = !r.holds && works(i);
    const asked = sliceMs(r.slices, firstMs, budgetMs - now, PACE);
    const length = proves ? 1000 : r.holds ? asked : Math.min(asked, longestProofMs);
    const triedAtMs = now;
    now += length;
    const provedAtMs = proves ? now : r.provedAtMs;
    rows[i] = {
      ...r,
      hasTrials: counts(i, r.slices),
      spentMs: r.spentMs + length,
      slices: r.slices + 1,
      provedAtMs,
      triedAtMs,
    };
    turns.push(i);
  }
  return turns;
}

test('each row has a turn before any has a second', (t) => {
  t.deepEqual(simulate([row(true), row(false), row(true), row(false)], 24 * 3_600_000).slice(0, 4), [0, 1, 2, 3]);
});

test('a row that has counted nothing has another slice at once, twice as long, and a third', (t) => {
  const rows = [row(true), row(true), row(true)];
  const turns = simulate(rows, 3_600_000, undefined, undefined, (i, slices) => i === 1 || (i === 0 && slices > 0));
  t.deepEqual(turns.slice(0, 6), [0, 0, 1, 2, 2, 2]);
  t.deepEqual(
    [0, 1, 2].map((slices) => sliceMs(slices, 500, 3_600_000, PACE)),
    [500, 1000, 2000],
  );
  t.true(turns.slice(6).filter((i) => i === 2).length > 10, 'and later its share like any other');
});

test('rows that should hold share the time by weight', (t) => {
  const rows = [row(true, 3), row(true), row(false)];
  simulate(rows, 24 * 3_600_000);
  const ratio = rows[0].spentMs / rows[1].spentMs;
  t.true(ratio > 2.9 && ratio < 3.1, `${ratio}`);
  t.true(rows[2].spentMs < 0.01 * rows[0].spentMs);
});

test('a row that should fail proves itself once an hour', (t) => {
  const rows = [row(true), row(false)];
  const proofs = simulate(rows, 24 * 3_600_000).filter((i) => i === 1).length;
  t.true(proofs >= 24 && proofs <= 25, `${proofs}`);
});

test('a row that does not fail any more takes no more time than the others', (t) => {
  const rows = [row(true), row(false)];
  simulate(rows, 24 * 3_600_000, () => false);
  t.true(rows[1].spentMs <= rows[0].spentMs + PACE.sliceMs);
  t.true(rows[0].slices > 1000);
});

test('rows that break at once have half of the time at most, however many turns that makes', (t) => {
  const rows = [row(false), row(false), row(true)];
  const turns = simulate(rows, 600_000, () => false, 50);
  t.true(rows[0].spentMs + rows[1].spentMs <= rows[2].spentMs + PACE.sliceMs);
  t.true(Math.abs(rows[0].slices - rows[1].slices) <= 1);
  t.true(turns.filter((i) => i === 2).length > 10);
});

test('one that does not fail keeps none of the others from proving themselves', (t) => {
  const rows = [row(true), row(false), row(false), row(false)];
  const turns = simulate(rows, 24 * 3_600_000, (i) => i === 2);
  t.true(turns.filter((i) => i === 2).length >= 23);
  t.true(Math.abs(rows[1].slices - rows[3].slices) <= 1);
  t.true(rows[1].slices > 100);
});

test('a row of little weight keeps nobody from proving himself', (t) => {
  const rows = [row(true), row(true, 0.001), row(false)];
  const proofs = simulate(rows, 24 * 3_600_000).filter((i) => i === 2).length;
  t.true(proofs >= 23, `${proofs}`);
});

test('a campaign of rows that should fail goes on to its end', (t) => {
  const rows = [row(false), row(false)];
  simulate(rows, 600_000);
  t.true(Math.abs(rows[0].slices - rows[1].slices) <= 1);
});

test('slices begin short, double, and keep to the budget', (t) => {
  const first = firstSliceMs(3_600_000, 10);
  t.deepEqual(
    [0, 1, 2, 3, 4, 50].map((n) => sliceMs(n, first, 1e9, PACE)),
    [2000, 4000, 8000, 16_000, 30_000, 30_000],
  );
  t.is(sliceMs(50, first, 1234, PACE), 1234);
  t.is(firstSliceMs(20_000, 25), 500);
});

test('a campaign without rows is a mistake', (t) => {
  t.throws(() => nextRow([] as RowStanding[], 0, PACE), { instanceOf: RangeError });
});
