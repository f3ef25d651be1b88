// Goal: the interval of a duel holds whatever the distribution of rates is. Method: ranks of a published table, coverage on a
// made-up host whose two points are the same, and the cases without a single hit.

import test from 'ava';
import { PAIRS_MIN, duel, intervalRank, isWon, judgeDuel, type Pair } from '../../lib/tune/duel.js';
import { Random } from '../../lib/tune/random.js';
import type { Slice } from '../../lib/tune/point.js';
import { MadeUpHost, START } from './madeUpHost.js';

test('the ranks are those of the sign test', (t) => {
  // Conover, Practical Nonparametric Statistics, and the binomial tails: 95 % for the median of n values.
  t.deepEqual([5, 6, 10, 20, 50, 100].map(intervalRank), [0, 1, 2, 6, 18, 40]);
  t.is(intervalRank(PAIRS_MIN), 1);
});

test('of two points that are the same hardly ever one wins', async (t) => {
  let won = 0;
  for (let seed = 0; seed < 200; seed++) {
    const host = new MadeUpHost(seed, () => 30_000);
    const pairs = await duel(
      { start: START, best: START },
      (p) => host.measure(p),
      40,
      new Random(seed),
      () => false,
    );
    if (isWon(judgeDuel('failures', pairs))) won++;
  }
  // 2.5 % is what the interval allows; more than 12 of 200 come by chance once in a thousand.
  t.true(won <= 12, `${won} of 200`);
});

test('twice as many are found to be so', async (t) => {
  const twice = { ...START, round: 128 };
  const host = new MadeUpHost(1, ({ round }) => (round === 128 ? 60_000 : 30_000));
  const pairs = await duel(
    { start: START, best: twice },
    (p) => host.measure(p),
    100,
    new Random(1),
    () => false,
  );
  const result = judgeDuel('failures', pairs);
  t.true(isWon(result));
  t.true(result.low95 < 2 && (result.high95 ?? 0) > 2, JSON.stringify(result));
});

const slice = (failures: number, seconds = 1): Slice => ({
  failures,
  nearMisses: 0,
  trials: 10,
  seconds,
  ranSeconds: seconds,
});
const times = (n: number, pair: Pair): Pair[] => Array.from({ length: n }, () => pair);

test('without a hit on either side they are the same', (t) => {
  const result = judgeDuel('failures', times(20, { start: slice(0), best: slice(0) }));
  t.like(result, { ratio: 1, low95: 1, high95: 1 });
  t.false(isWon(result));
});

test('hits on one side alone have no upper end, and win', (t) => {
  const result = judgeDuel('failures', times(20, { start: slice(0), best: slice(5) }));
  t.like(result, { ratio: null, high95: null, clockRatio: null });
  t.true(isWon(result));
});

test('a little more for certain is not worth to leave the default', (t) => {
  t.false(isWon(judgeDuel('failures', times(100, { start: slice(100), best: slice(115) }))));
  t.true(isWon(judgeDuel('failures', times(100, { start: slice(100), best: slice(125) }))));
});

test('who is better by processor time alone does not win', (t) => {
  const sleepy = { ...slice(20, 1), seconds: 4 };
  t.false(isWon(judgeDuel('failures', times(20, { start: slice(10), best: sleepy }))));
});

test('fewer pairs than bear an interval win nothing', (t) => {
  const few = judgeDuel('failures', times(PAIRS_MIN - 1, { start: slice(1), best: slice(100) }));
  t.is(few.low95, 0);
  t.false(isWon(few));
  t.like(judgeDuel('failures', []), { pairs: 0, ratio: null, low95: 0 });
});
