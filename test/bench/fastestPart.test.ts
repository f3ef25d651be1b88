/**
 * Goal: the fastest part of a run is one of about a tenth of a second, and no moment between two looks.
 * Method: counts as a run has them.
 */
import test from 'ava';
import { fastestFailures } from '../../lib/bench/fastestPart.js';
import type { Sample } from '../../lib/harness/host/samples.js';

const sample = (ms: number, failures: number): Sample => ({ ms, failures, trials: failures });

test('the fastest part counts, however slow the others are', (t) => {
  const samples = [sample(100, 10), sample(200, 20), sample(300, 520), sample(400, 530)];
  t.is(fastestFailures({ samples }), 5000);
});

test('a part that is too short does not count', (t) => {
  t.is(fastestFailures({ samples: [sample(100, 0), sample(200, 100), sample(201, 200)] }), 1000);
});

test('a run without parts has none', (t) => {
  t.is(fastestFailures({ samples: [] }), 0);
});
