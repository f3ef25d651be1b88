// Goal: the figures of the search count the rows that they say. Method: made-up rows, one for each reason.
import test from 'ava';
import { estimateFigure } from '../../lib/bench/estimates.js';
import { rowFigures } from '../../lib/bench/explore.js';
import type { ProvedRow } from '../../lib/report/verify/document.js';

const PROVED: ProvedRow = {
  verdict: 'PROVED',
  failures: [],
  agrees: true,
  complete: true,
  preemptions: null,
  cuts: 0,
  states: 7,
  seconds: 1,
  contradicts: false,
  repeat: null,
  refused: null,
};

test('estimates count that are wrong by no more than a factor of 2', (t) => {
  t.is(estimateFigure([0.4, 0.5, 1, 2, 2.1]).value, 60);
});

test('rows are counted by what was found of them', (t) => {
  const rows = [
    { cpus: 2, proved: PROVED },
    { cpus: 2, proved: { ...PROVED, cuts: 1, seconds: 3 } },
    { cpus: 3, proved: { ...PROVED, complete: false, agrees: null } },
    { cpus: 4, proved: { ...PROVED, complete: false, agrees: false, seconds: 20 } },
    { cpus: 3, proved: { ...PROVED, contradicts: true, seconds: 0.5 } },
    { cpus: 2, proved: { ...PROVED, verdict: null, seconds: 100, refused: 'lines' } },
    { cpus: 2, proved: null },
    { cpus: 2 },
  ];
  t.deepEqual(
    rowFigures({ rows, searchSeconds: 17.5 }).map(({ name, value }) => [name, value]),
    [
      ['explore.rows', 5],
      ['explore.rows_incomplete', 2],
      ['explore.rows_that_disagree', 2],
      ['explore.all_rows', 17.5],
      ['explore.slowest_row.2', 3],
      ['explore.slowest_row.3', 1],
    ],
  );
});
