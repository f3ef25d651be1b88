// Goal: the text of a run says what its document says, without colours. Method: made-up documents for each verdict.

import test from 'ava';
import { comparison } from '../../../lib/report/comparison/sideBySide.js';
import type { RunDocument } from '../../../lib/report/run/document.js';
import { runBody } from '../../../lib/report/run/section.js';
import { runsDocumentOf } from '../../../lib/report/run/runsDocument.js';
import { runReport } from '../../../lib/report/run/text.js';
import { isDescribed } from '../../described.js';
import { renderTable } from '../../../lib/report/format/table.js';
import { HELD, INCONCLUSIVE, NOT_REPRODUCED, OOPS, REPRODUCED, TWIN, VIOLATED } from './madeUpRun.js';
import { PLAIN } from '../../../lib/report/format/screen.js';
import { runsTrace } from '../../../lib/report/run/trace.js';

function textOf(run: RunDocument): string {
  return runReport(run, PLAIN).join('\n');
}

test('a run that held shows its bound', (t) => {
  const text = textOf(HELD);
  t.regex(text, /^xen-pin:pte-lock: HELD$/m);
  t.regex(text, /^clean +1,000,000 +yes +HELD$/m);
  t.regex(text, /^1,000,000 trials in 2\.0 s: 500 k\/s; 12,345 near misses/m);
  t.regex(text, /below 3\.0e-6 with 95 % confidence/);
});

test('a run that failed as expected shows rate, interval, times and the report', (t) => {
  const text = textOf(REPRODUCED);
  t.regex(text, /^clean +995,000 +yes$/m);
  t.regex(text, /^oops-0003 +5,000 +0\.500 % +0\.486 % \.\. 0\.514 % +2\.5 k\/s +yes +REPRODUCED$/m);
  t.regex(text, /^first failure after 250 ms \(450 ms after the process started\)$/m);
  t.true(text.endsWith('\nthe first line of the oops'));
  const outcomes = [OOPS, { ...OOPS, signature: 'deadlock' }];
  const beside = textOf({ ...REPRODUCED, outcomes, alsoFails: ['deadlock'] });
  t.regex(beside, /^Also seen, as expected: deadlock\.$/m);
  t.regex(beside, /^deadlock +5,000 .* also$/m);
});

test('every other verdict says why', (t) => {
  const none: RunDocument = { ...REPRODUCED, outcomes: [], failures: 0, verdict: 'NOT_REPRODUCED', reports: {} };
  t.regex(textOf(none), /^oops-0003 +0 +0 +0 \/s +yes +NOT REPRODUCED$/m);
  t.regex(textOf(none), /^Expected to fail as oops-0003, and did not\. More trials/m);
  const other: RunDocument = { ...none, outcomes: [{ ...OOPS, signature: 'deadlock' }], failures: 5000 };
  t.regex(textOf(other), /did not\. It failed in another way: deadlock\./);
  const violated: RunDocument = { ...HELD, outcomes: [OOPS], failures: 5000, upperBound95: null, verdict: 'VIOLATED' };
  t.regex(textOf(violated), /^oops-0003 .* no +VIOLATED$/m);
  t.regex(textOf(violated), /^Expected to hold but failed: oops-0003\.$/m);
  const undeclared = { ...violated, outcomes: [{ ...OOPS, signature: 'unexpected' }] };
  t.regex(textOf(undeclared), /^Counted but not declared by the race: unexpected\.$/m);
  const unnamed = { ...REPRODUCED, outcomes: [OOPS, { ...OOPS, signature: 'deadlock' }], verdict: 'VIOLATED' } as const;
  t.regex(
    textOf(unnamed),
    /^Failed in a way that is not expected under these knobs: deadlock; expected: oops-0003\.$/m,
  );
  const few = {
    ...unnamed,
    alsoFails: ['deadlock'],
    outcomes: [
      { ...OOPS, count: 1 },
      { ...OOPS, signature: 'deadlock' },
    ],
  };
  t.regex(textOf(few), /^Expected to fail mostly as oops-0003, but that is less than half of the failures\.$/m);
  const error: RunDocument = {
    ...HELD,
    verdict: 'HARNESS_ERROR',
    harnessError: 'worker of CPU 1 on machine 0: it threw',
  };
  t.regex(textOf(error), /^HARNESS ERROR: worker of CPU 1 on machine 0: it threw$/m);
  const nothing: RunDocument = {
    ...error,
    trials: 0,
    seconds: 0,
    upperBound95: null,
    harnessError: null,
    interrupted: true,
  };
  t.regex(textOf(nothing), /^xen-pin:pte-lock: HARNESS ERROR \(interrupted\)$/m);
  t.regex(textOf(nothing), /^HARNESS ERROR: no trial was completed/m);
});

test('a host that starves the run is told, one that does not is not', (t) => {
  t.regex(
    textOf({ ...HELD, processorShare: 0.123 }),
    /^the host gave the threads 12\.3 % of the CPU time that they wanted: /m,
  );
  for (const processorShare of [0.9, null])
    t.notRegex(textOf({ ...HELD, processorShare }), /the CPU time that they wanted/);
});

test('what no failure is worth is one line', (t) => {
  const powerLine = (run: RunDocument): string =>
    textOf(run)
      .split('\n')
      .find((line) => line.startsWith(`${run.verdict.replace('_', ' ')}: `)) ?? '';
  t.is(
    powerLine(HELD),
    'HELD: bound 3.0e-6, 1/1,600 of the 0.500 % at which `buggy` fails under the same conditions; 1/7.6 of it is needed',
  );
  t.is(
    powerLine(INCONCLUSIVE),
    'INCONCLUSIVE: bound 8.43 %, 17 times the 0.500 % at which `buggy` fails under the same conditions; 1/7.6 of it is needed, which takes 4,602 trials without a failure',
  );
  const race = { ...TWIN, source: 'race', name: 'buggy, exit' } as const;
  t.regex(
    powerLine({ ...HELD, power: race }),
    /at which `buggy, exit` fails, the least of the race: nothing is expected to fail under/,
  );
  t.regex(
    powerLine({ ...HELD, power: NOT_REPRODUCED.power ?? null }),
    /of the 0\.0100 % that is assumed as the least rate of a bug/,
  );
  const silent = { ...INCONCLUSIVE, power: { ...TWIN, failures: 0, least: 0, trialsNeeded: null } };
  t.is(
    powerLine(silent),
    'INCONCLUSIVE: `buggy`, which should fail, did not in 100,000 trials, so the absence of failures proves nothing',
  );
  t.regex(powerLine({ ...INCONCLUSIVE, power: null }), /nothing that is known to fail was run/);
  t.regex(powerLine(NOT_REPRODUCED), /^NOT REPRODUCED: 1,000,000 trials; 69,075 trials would have shown the 0\.0100 %/);
  t.is(powerLine(VIOLATED), '');
  const claim = { rate: 1e-5, confidence: 0.999, result: 'HOLDS', trials: 1e6, failures: 0 } as const;
  t.regex(textOf({ ...HELD, claim, power: null }), /^HELD: its claim holds$/m);
  t.regex(
    textOf({ ...INCONCLUSIVE, claim: { ...claim, result: 'OPEN' }, power: null }),
    /^INCONCLUSIVE: its claim is open$/m,
  );
});

test('variants stand side by side, with the knobs in which they differ', (t) => {
  const text = comparison([REPRODUCED, HELD], PLAIN).join('\n');
  t.regex(text, /^xen-pin +buggy +pte-lock$/m);
  t.regex(text, /^path +exit +fork$/m);
  t.notRegex(text, /^flush/m);
  t.regex(text, /^expected +to fail as oops-0003 +to hold$/m);
  t.regex(text, /^failures per trial +0\.500 % +< 3\.0e-6$/m);
  t.regex(text, /^verdict +REPRODUCED +HELD$/m);
});

test('a table is open, with two blanks between its columns', (t) => {
  t.deepEqual(
    renderTable(
      [
        { head: 'name', align: 'left' },
        { head: 'n', align: 'right' },
      ],
      [
        ['a', '1'],
        ['bcdef', '22'],
      ],
      PLAIN,
    ),
    ['name    n', 'a       1', 'bcdef  22'],
  );
});

test('a run of JavaScript code has threads: no CPU, machine or window is in its text, its table and its page', (t) => {
  const { watchdog: _, ...own } = { ...HELD, code: 'javascript', machines: 2 } as const;
  const shown = [
    ...runReport(own, PLAIN),
    ...comparison([own, { ...own, variant: 'other' }], PLAIN),
    String(runBody(own, null)).replaceAll(/<[^>]*>/g, '\n'),
  ].join('\n');
  t.notRegex(shown.replaceAll('CPU time', ''), /CPU|machine|near miss|window|memory model/);
  t.regex(shown, /threads\s+2 on each of 2 groups/);
  const machine = [...runReport(HELD, PLAIN), ...comparison([HELD], PLAIN)].join('\n');
  t.regex(machine, /12,345 near misses/);
});

test('a run that an interrupt left out has no document of its own: the list is empty', (t) => {
  t.is(runsDocumentOf(1, [HELD]), HELD);
  t.deepEqual(runsDocumentOf(1, []), { schema: 'racehammer.runs/1', runs: [] });
  t.deepEqual(runsDocumentOf(2, [HELD]), { schema: 'racehammer.runs/1', runs: [HELD] });
  isDescribed(t, 'runs', JSON.stringify(runsDocumentOf(1, [])));
});

test('as trace events: the rates between the samples of each run, and its first failure', (t) => {
  const { traceEvents } = runsTrace([REPRODUCED, { ...HELD, startedMs: 5000 }]);
  const counters = traceEvents.filter(({ ph }) => ph === 'C');
  t.deepEqual(
    counters
      .filter(({ tid, name }) => tid === 2 && name === 'trials a second')
      .map(({ ts, args }) => [ts, args['trials']]),
    [
      [5_000_000, 500_000],
      [6_000_000, 500_000],
      [7_000_000, 0],
    ],
  );
  const failures = counters.filter(({ tid, name }) => tid === 1 && name === 'failures a second');
  t.deepEqual(
    failures.map(({ args }) => args['failures']),
    [2400, 2600, 0],
  );
  const runs = traceEvents.filter(({ ph }) => ph === 'X');
  t.deepEqual(
    runs.map(({ name, ts, dur }) => [name, ts, dur]),
    [
      ['buggy: REPRODUCED', 200_000, 2_000_000],
      ['pte-lock: HELD', 5_000_000, 2_000_000],
    ],
  );
  t.deepEqual(
    traceEvents.filter(({ ph }) => ph === 'i').map(({ tid, ts }) => [tid, ts]),
    [[1, 450_000]],
  );
});
