/**
 * Goal: the sampled trials of a run are processes of their own in its trace, each where it was read, with arrows that belong to it alone.
 * Method: made-up timelines of two runs, one of which could not be sampled.
 */
import test from 'ava';
import { sampledEvents } from '../../../lib/cli/run/sampledTrace.js';
import { explain, isExplained } from '../../../lib/evidence/explain.js';
import { timelineOf } from '../../../lib/evidence/timeline.js';
import { runsTrace } from '../../../lib/report/run/trace.js';
import { HELD, REPRODUCED } from '../../report/run/madeUpRun.js';
import { windowRace } from '../../evidence/madeUpEvidence.js';

function timeline() {
  const evidence = windowRace();
  const explained = explain(evidence);
  if (!isExplained(explained)) throw new Error(explained.reason);
  return timelineOf(evidence, explained);
}

test('beside the counters of the runs', (t) => {
  const orders = [
    { timeline: timeline(), ms: 100, count: 30 },
    { timeline: timeline(), ms: 250, count: 1 },
  ];
  const run = { ...REPRODUCED, startedMs: 1000 };
  const sampled = sampledEvents([
    { run, sampled: { orders, sampled: 40, kinds: 3, unexplained: 1 } },
    { run: HELD, sampled: null },
  ]);
  const { traceEvents, otherData } = runsTrace([run, HELD], sampled);
  const names = traceEvents.filter(({ name }) => name === 'process_name').map(({ pid, args }) => [pid, args['name']]);
  t.deepEqual(names, [
    [1, 'racehammer run xen-pin'],
    [2, 'xen-pin:buggy, a sampled trial: 30 of 40 samples are like it'],
    [3, 'xen-pin:buggy, a sampled trial: 1 of 40 samples are like it'],
  ]);
  const begins = [2, 3].map((pid) =>
    Math.min(...traceEvents.flatMap((one) => (one.pid === pid && one.ts !== undefined ? [one.ts] : []))),
  );
  t.deepEqual(begins, [1_100_000, 1_250_000]);
  const arrows = traceEvents.filter(({ ph }) => ph === 's').map(({ id }) => id);
  t.is(new Set(arrows).size, arrows.length);
  for (const { id, pid } of traceEvents.filter(({ ph }) => ph === 'f'))
    t.true(traceEvents.some((one) => one.ph === 's' && one.id === id && one.pid === pid));
  t.is(
    otherData['sampled'],
    'buggy: 2 of 3 kinds of trials that did not fail, and 1 for which no order was found, in 40 samples; each step is drawn one microsecond long; ' +
      'pte-lock: no trial can be sampled under these conditions',
  );
  t.false('sampled' in runsTrace([run]).otherData);
});
