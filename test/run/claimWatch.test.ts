// Goal: a run's claim is decided by the counts at which it was, trials still uncounted weigh against a refutation, and a run that
// ends before leaves it open. Method: counts as a run would show them.

import test from 'ava';
import { ClaimWatch } from '../../lib/run/claimWatch.js';

const CLAIM = { rate: 0.01, confidence: 0.95 };
const watch = (): ClaimWatch => new ClaimWatch(CLAIM, { machines: 2, round: 64 });

test('it holds once there are trials enough, and keeps the counts that decided', (t) => {
  const one = watch();
  t.false(one.isDecided({ trials: 250, failures: 0 }));
  t.true(one.isDecided({ trials: 400, failures: 0 }));
  t.true(one.isDecided({ trials: 450, failures: 1 }));
  t.deepEqual(one.figures({ trials: 500, failures: 2, harnessError: null }), {
    ...CLAIM,
    result: 'HOLDS',
    trials: 400,
    failures: 0,
  });
});

test('failures count at once and their trials do not: the running rounds are taken to be full', (t) => {
  t.false(watch().isDecided({ trials: 0, failures: 3 }));
  t.true(watch().isDecided({ trials: 0, failures: 30 }));
  t.is(watch().figures({ trials: 0, failures: 3, harnessError: null }).result, 'REFUTED');
  t.is(watch().figures({ trials: 0, failures: 3, harnessError: 'a worker died' }).result, 'OPEN');
});

test('a run that ends before leaves it open', (t) => {
  t.deepEqual(watch().figures({ trials: 100, failures: 1, harnessError: null }), {
    ...CLAIM,
    result: 'OPEN',
    trials: 100,
    failures: 1,
  });
});
