// Goal: a run of any length leaves a bounded number of samples, evenly spaced, with its end as the last. Method: ticks by hand.

import test from 'ava';
import { SAMPLES_MAX, Samples } from '../../../lib/harness/host/samples.js';

test('however long the run is, the samples stay few and evenly spaced', (t) => {
  for (const ticks of [0, 1, 5, 62, 63, 64, 65, 127, 128, 1000, 50_000]) {
    const samples = new Samples();
    for (let i = 1; i <= ticks; i++) samples.take({ ms: i * 100, trials: i, failures: 0 });
    const end = { ms: ticks * 100 + 1, trials: ticks, failures: 0 };
    const all = samples.endingWith(end);
    t.true(all.length <= SAMPLES_MAX, `${ticks}`);
    t.true(ticks < 64 || all.length >= SAMPLES_MAX / 2, `${ticks}`);
    t.is(all.at(-1), end);
    const distances = new Set(all.slice(0, -1).map(({ ms }, i) => ms - (all[i - 1]?.ms ?? 0)));
    t.true(distances.size <= 1, `${ticks}: ${[...distances].join()}`);
  }
});

test('the end takes the place of a sample of the same time', (t) => {
  const samples = new Samples();
  samples.take({ ms: 100, trials: 1, failures: 0 });
  t.deepEqual(samples.endingWith({ ms: 100, trials: 2, failures: 1 }), [{ ms: 100, trials: 2, failures: 1 }]);
});
