// Goal: two runs are compared by signature and in words that say no more than the counts do. Method: made-up runs.

import test from 'ava';
import { comparisonDocument, overallRate, rateSentence } from '../../../lib/report/comparison/rates.js';
import { BROKEN, HELD, OOPS, REPRODUCED } from '../run/madeUpRun.js';

const NAMES = ['buggy', 'pte-lock'] as const;

test('a fix that holds fails less often, by how much at least', (t) => {
  const document = comparisonDocument(REPRODUCED, HELD);
  t.is(document.rates.length, 1);
  t.like(document.rates[0], { signature: null, ratio: 0, low95: 0, conclusion: 'LOWER' });
  t.regex(
    rateSentence(document.rates[0], NAMES),
    /^pte-lock fails less often than buggy: 0 in 1,000,000 trials against 5,000 in 1,000,000; at most 7\.4e-4 times as often \(95 %\), p < 1e-300$/,
  );
  t.deepEqual(document.differs, ['knob path: exit against fork']);
});

test('the other way round there is no upper end', (t) => {
  const [rate] = comparisonDocument(HELD, REPRODUCED).rates;
  t.like(rate, { ratio: null, high95: null, conclusion: 'HIGHER' });
  t.regex(
    rateSentence(rate, NAMES),
    /^pte-lock fails more often than buggy: .*; at least 1350 times as often \(95 %\), p < 1e-300$/,
  );
});

test('what is not shown is said not to be', (t) => {
  const [rate] = comparisonDocument(REPRODUCED, REPRODUCED).rates;
  t.like(rate, { ratio: 1, conclusion: 'NO_DIFFERENCE_SHOWN', p: 1 });
  t.regex(rateSentence(rate, NAMES), /^no difference shown in how often pte-lock and buggy fail: /);
});

test('where there are several signatures each has its own line', (t) => {
  const both = {
    ...REPRODUCED,
    failures: 5010,
    outcomes: [OOPS, { ...OOPS, signature: 'deadlock', count: 10, rate: 1e-5 }],
  };
  const { rates } = comparisonDocument(both, REPRODUCED);
  t.deepEqual(
    rates.map(({ signature, second, conclusion }) => [signature, second.failures, conclusion]),
    [
      [null, 5000, 'NO_DIFFERENCE_SHOWN'],
      ['oops-0003', 5000, 'NO_DIFFERENCE_SHOWN'],
      ['deadlock', 0, 'LOWER'],
    ],
  );
});

test('nothing is said where nothing ran', (t) => {
  t.is(overallRate(REPRODUCED, { ...BROKEN, trials: 0 }), null);
});
