// Goal: a litmus run reads as jcstress and litmus7 print theirs. Method: a made-up run, line by line.

import test from 'ava';
import { frequency, litmusLog } from '../../../lib/report/litmus/text.js';
import type { LitmusFigures, RunDocument } from '../../../lib/report/run/document.js';
import { runReport } from '../../../lib/report/run/text.js';
import { runBody } from '../../../lib/report/run/section.js';
import { HELD } from '../run/madeUpRun.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const LITMUS: LitmusFigures = {
  test: 'SB',
  condition: 'exists (0:r0=0 /\\ 1:r0=0)',
  arch: 'x64',
  outcomes: [
    {
      outcome: '0:r0=1; 1:r0=0;',
      count: 900_000,
      rate: 0.9,
      grade: 'acceptable',
      relaxed: false,
      about: 'P1 was first',
    },
    { outcome: '0:r0=0; 1:r0=0;', count: 99_999, rate: 0.099999, grade: 'interesting', relaxed: true, about: 'both' },
    { outcome: '0:r0=0; 1:r0=1;', count: 1, rate: 1e-6, grade: 'acceptable', relaxed: false, about: 'P0 was first' },
    { outcome: '0:r0=1; 1:r0=1;', count: 0, rate: 0, grade: 'acceptable', relaxed: false, about: 'neither' },
  ],
};
const RUN: RunDocument = { ...HELD, race: 'store-buffer', variant: 'plain', litmus: LITMUS, lockdep: null };

test('the log of litmus7', (t) => {
  t.deepEqual(litmusLog(RUN, LITMUS), [
    'Test SB Allowed',
    'Histogram (3 states)',
    '900000  :>0:r0=1; 1:r0=0;',
    '99999   *>0:r0=0; 1:r0=0;',
    '1       :>0:r0=0; 1:r0=1;',
    'Ok',
    'Witnesses',
    'Positive: 99999, Negative: 900001',
    'Condition exists (0:r0=0 /\\ 1:r0=0) is validated',
    'Observation SB Sometimes 99999 900001',
    'Time SB 2.00',
  ]);
});

test('an outcome that was never seen, and one that always was', (t) => {
  const only = (relaxed: boolean): string[] =>
    litmusLog(RUN, { ...LITMUS, outcomes: [{ ...LITMUS.outcomes[0], relaxed }] });
  t.true(only(false).includes('Observation SB Never 0 900000'));
  t.true(only(false).includes('No'));
  t.true(only(true).includes('Observation SB Always 900000 0'));
});

test('the table of jcstress', (t) => {
  const report = runReport(RUN, PLAIN);
  t.regex(report[1], /^RESULT +SAMPLES +FREQ +EXPECT +DESCRIPTION$/);
  t.regex(report[3], /^0:r0=0; 1:r0=0; +99,999 +10\.00% +Interesting +both$/);
  t.regex(report[4], / 1 +<0\.01% +Acceptable/);
  t.regex(report[5], / 0 +0\.00% +Acceptable/);
  t.true(report.includes('1,000,000 trials in 2.0 s: 500 k/s; 99,999 relaxed outcomes: 50.0 k/s'));
});

test('neither 0 nor 100 where it is not', (t) => {
  t.deepEqual([0, 1e-9, 0.0001, 0.5, 0.99999, 1].map(frequency), [
    '0.00%',
    '<0.01%',
    '0.01%',
    '50.00%',
    '>99.99%',
    '100.00%',
  ]);
});

test('what a verdict on it means', (t) => {
  t.regex(runReport({ ...RUN, verdict: 'NOT_REPRODUCED' }, PLAIN).join('\n'), /racehammer doctor/);
  t.regex(runReport({ ...RUN, verdict: 'VIOLATED' }, PLAIN).join('\n'), /the architecture forbids/);
});

test('the page shows the outcomes, and nothing that a litmus race does not have', (t) => {
  const page = String(runBody(RUN, null));
  t.regex(page, /exists \(0:r0=0/);
  t.regex(page, /99,999/);
  t.notRegex(page, /near misses|Trials to a failure/);
});
