/** Goal: two soaks are compared row by row, exactly, and what only one has run is said. */
import test from 'ava';
import { diffReport, diffRows } from '../../lib/soak/soakDiff.js';
import { rowVerdicts } from '../../lib/report/soak/verdict.js';
import { ROW } from '../report/soak/madeUpRow.js';
import { PLAIN } from '../../lib/report/format/screen.js';

const row = (key: string, failures: number, trials = 1_000_000) =>
  rowVerdicts([
    {
      ...ROW,
      key,
      name: key,
      failures,
      trials,
      outcomes: [{ signature: 'oops', count: failures, declared: true }],
    },
  ])[0];

test('a rate that has fallen, one that has risen, one that has not moved', (t) => {
  const { rows } = diffRows(
    [row('a', 100), row('b', 100), row('c', 100)],
    [row('a', 10), row('b', 300), row('c', 105)],
  );
  t.deepEqual(
    rows.map(({ conclusion }) => conclusion),
    ['LOWER', 'HIGHER', 'NO_DIFFERENCE_SHOWN'],
  );
  t.is(rows[0].ratio, 0.1);
});

test('rows of one soak alone, and none in common', (t) => {
  const difference = diffRows([row('a', 0)], [row('b', 0), { ...row('c', 0), trials: 0, slices: 1 }]);
  t.deepEqual(difference, {
    schema: 'racehammer.soak-diff/1',
    rows: [],
    onlyFirst: ['r, a'],
    onlySecond: ['r, b'],
  });
  t.deepEqual(diffReport(difference, PLAIN), [
    'no row was run by both soaks',
    'only in the first: r, a',
    'only in the second: r, b',
  ]);
});

test('no failure in either is no difference', (t) => {
  const lines = diffReport(diffRows([row('a', 0)], [row('a', 0)]), PLAIN);
  t.regex(lines[1], /^r +a +0 +0 +no failure in either +100 % +no difference shown +HELD$/);
});

test('rows of one code are compared with rows of that code; otherwise those that were hammered last', (t) => {
  const coded = (source: string | null, failures: number, triedAtMs: number) => ({
    ...row('a', failures),
    source,
    triedAtMs,
  });
  const alike = diffRows([coded('1111111111', 5, 1), coded('2222222222', 6, 2)], [coded('1111111111', 7, 9)]);
  t.deepEqual(
    alike.rows.map(({ failures, sources }) => [failures, sources]),
    [
      [
        [5, 7],
        ['1111111111', '1111111111'],
      ],
    ],
  );
  t.deepEqual(alike.onlyFirst, ['r, a (code 22222222)']);
  const other = diffRows([coded(null, 5, 1), coded('2222222222', 6, 2)], [coded('1111111111', 7, 9)]);
  t.deepEqual(
    other.rows.map(({ failures }) => failures),
    [[6, 7]],
  );
  t.regex(diffReport(other, PLAIN)[1], /^r +a \(code 22222222 -> code 11111111\) /);
  t.deepEqual(other.onlyFirst, ['r, a (code not known)']);
});
