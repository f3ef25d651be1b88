// Goal: a figure is called better or worse when its rounds say so, and only then. Method: made-up benches; every way to deal
// the values of two series for the chance.

import fc from 'fast-check';
import test from 'ava';
import type { Figure } from '../../../lib/report/bench/document.js';
import { chanceApart, compareBenches, type Change } from '../../../lib/report/bench/figureComparison.js';
import { benchOf, figureOf } from './madeUpBench.js';

function changeOf(old: Figure, now: Figure): Change {
  return compareBenches(benchOf([old]), benchOf([now])).figures[0].change;
}

const AT_100 = figureOf('a', [90, 100, 110]);

test('better and worse: the ranges lie apart by half the wider one', (t) => {
  t.is(changeOf(AT_100, figureOf('a', [120, 125, 130])), 'better');
  t.is(changeOf(AT_100, figureOf('a', [119, 125, 130])), 'within-noise');
  t.is(changeOf(AT_100, figureOf('a', [70, 75, 80])), 'worse');
  t.is(changeOf(AT_100, figureOf('a', [71, 75, 81])), 'within-noise');
  t.is(changeOf(AT_100, figureOf('a', [105, 150, 200])), 'within-noise');
  t.is(changeOf(figureOf('a', [7, 7, 7]), figureOf('a', [7, 7, 7])), 'within-noise');
  t.is(changeOf(figureOf('a', [7, 7, 7]), figureOf('a', [8, 8, 8])), 'better');
});

test('which way is better is the figure’s own', (t) => {
  const lower = { unit: 'ms', better: 'lower' } as const;
  t.is(changeOf(figureOf('a', [9, 10, 11], lower), figureOf('a', [1, 2, 3], lower)), 'better');
  t.is(changeOf(figureOf('a', [1, 2, 3], lower), figureOf('a', [9, 10, 11], lower)), 'worse');
  const { better: _, ...neither } = figureOf('a', [9, 10, 11], { unit: 'trials' });
  t.is(changeOf(neither, { ...neither, low: 1, value: 2, high: 3 }), 'differs');
  t.is(changeOf(neither, figureOf('a', [1, 2, 3], { unit: 'trials' })), 'worse');
});

test('few rounds tell nothing', (t) => {
  const few = { rounds: 4 };
  t.is(changeOf(figureOf('a', [1, 2, 3], few), figureOf('a', [100, 101, 102])), 'too-few-rounds');
  t.is(changeOf(figureOf('a', [1, 2, 3], few), figureOf('a', [100, 101, 102], { rounds: 6 })), 'better');
  t.is(changeOf(figureOf('a', [1, 1, 1], { rounds: 1 }), figureOf('a', [9, 9, 9], { rounds: 1 })), 'too-few-rounds');
});

test('a count that is to be exact has no noise', (t) => {
  const exact = (n: number): Figure => figureOf('a', [n, n, n], { unit: 'failures', rounds: 1, against: '= 0' });
  t.is(changeOf(exact(0), exact(1)), 'worse');
  t.is(changeOf(exact(3), exact(0)), 'better');
  t.is(changeOf(exact(0), exact(0)), 'unchanged');
  t.is(changeOf(exact(1), exact(2)), 'unchanged');
});

test('on another machine ratios alone are compared; another Node.js is said', (t) => {
  const old = benchOf([AT_100, figureOf('b', [1, 1, 1], { unit: 'ratio' })]);
  const host = { ...old.host, cores: old.host.cores + 1, node: 'v24.0.0' };
  const slower = [figureOf('a', [1, 2, 3]), figureOf('b', [0.1, 0.1, 0.1], { unit: 'ratio' })];
  const far = compareBenches(old, benchOf(slower, { host }));
  t.true(far.otherHost);
  t.deepEqual(far.differs, [`cores: ${old.host.cores} and ${host.cores}`, `node: ${old.host.node} and v24.0.0`]);
  t.deepEqual(
    far.figures.map(({ change }) => change),
    ['other-host', 'worse'],
  );
  const newer = compareBenches(old, benchOf(slower, { host: { ...old.host, node: 'v24.0.0' } }));
  t.false(newer.otherHost);
  t.is(newer.differs.length, 1);
  t.is(newer.worse, 2);
  t.is(newer.exitCode, 1);
});

test('what one of them has alone: of the old one only what was to be measured', (t) => {
  const old = benchOf([
    AT_100,
    figureOf('gone', [1, 1, 1]),
    figureOf('elsewhere', [1, 1, 1], { part: 'soak' }),
    figureOf('in other units', [1, 1, 1], { unit: 'ms' }),
  ]);
  const now = benchOf([AT_100, figureOf('fresh', [1, 1, 1]), figureOf('in other units', [1, 1, 1], { unit: 's' })]);
  const { figures, onlyOld, onlyNew, exitCode } = compareBenches(old, now);
  t.deepEqual(
    figures.map(({ name }) => name),
    ['a'],
  );
  t.deepEqual(onlyOld, ['gone']);
  t.deepEqual(onlyNew, ['fresh', 'in other units']);
  t.is(exitCode, 0);
});

test('the ratio is of the medians, and none where the old one is 0', (t) => {
  const ratio = (a: number, b: number): number | null =>
    compareBenches(benchOf([figureOf('a', [a, a, a])]), benchOf([figureOf('a', [b, b, b])])).figures[0].ratio;
  t.is(ratio(4, 6), 1.5);
  t.is(ratio(0, 6), null);
});

/** All ways to choose n of the first `of` numbers. */
function choices(n: number, of: number): number[][] {
  if (n === 0) return [[]];
  if (n > of) return [];
  return [...choices(n, of - 1), ...choices(n - 1, of - 1).map((rest) => [...rest, of - 1])];
}

test('the chance to lie apart is that of all deals of the values', (t) => {
  for (let n = 1; n <= 5; n++) {
    for (let m = 1; m <= 5; m++) {
      const deals = choices(n, n + m);
      const apart = deals.filter((mine) => Math.max(...mine) === n - 1 || Math.min(...mine) === m).length;
      t.true(Math.abs(chanceApart(n, m) - apart / deals.length) < 1e-12, `${n} and ${m}`);
    }
  }
});

test('either way round: better becomes worse, all else stays', (t) => {
  const TURNED: Readonly<Partial<Record<Change, Change>>> = { better: 'worse', worse: 'better' };
  const figure = fc
    .tuple(fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)), fc.integer({ min: 1, max: 9 }))
    .map(([values, rounds]) => {
      const [low, value, high] = values.toSorted((a, b) => a - b);
      return figureOf('a', [low, value, high], { rounds });
    });
  fc.assert(
    fc.property(figure, figure, (a, b) => {
      const there = changeOf(a, b);
      t.is(changeOf(b, a), TURNED[there] ?? there);
    }),
  );
  t.pass();
});
