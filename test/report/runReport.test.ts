// Goal: the text of a run says what its document says, without colours. Method: made-up documents for each verdict.

import test from 'ava';
import { comparison } from '../../lib/report/comparison.js';
import type { RunDocument } from '../../lib/report/runDocument.js';
import { runReport } from '../../lib/report/runReport.js';
import { renderTable } from '../../lib/report/table.js';
import { HELD, OOPS, REPRODUCED } from './madeUpRun.js';

function textOf(run: RunDocument): string {
  return runReport(run, false).join('\n');
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
  const beside = textOf({ ...REPRODUCED, outcomes: [OOPS, { ...OOPS, signature: 'deadlock' }] });
  t.regex(beside, /^Also seen, and declared by the race: deadlock\.$/m);
});

test('every other verdict says why', (t) => {
  const none: RunDocument = { ...REPRODUCED, outcomes: [], failures: 0, verdict: 'NOT_REPRODUCED', reports: {} };
  t.regex(textOf(none), /^oops-0003 +0 +0 +0 \/s +yes +NOT REPRODUCED$/m);
  t.regex(textOf(none), /^Expected to fail as oops-0003, and did not\. More trials/m);
  const other: RunDocument = { ...none, outcomes: [{ ...OOPS, signature: 'deadlock' }], failures: 5000 };
  t.regex(textOf(other), /did not\. It failed in another way: deadlock\./);
  const violated: RunDocument = { ...HELD, outcomes: [OOPS], failures: 5000, upperBound95: null, verdict: 'VIOLATED' };
  t.regex(textOf(violated), /^oops-0003 .* no +VIOLATED$/m);
  t.regex(textOf(violated), /^Expected to hold, and failed: oops-0003\.$/m);
  const undeclared = { ...violated, outcomes: [{ ...OOPS, signature: 'unexpected' }] };
  t.regex(textOf(undeclared), /^Counted, and not declared by the race: unexpected\.$/m);
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

test('variants stand side by side, with the knobs in which they differ', (t) => {
  const text = comparison([REPRODUCED, HELD], false).join('\n');
  t.regex(text, /^xen-pin +buggy +pte-lock$/m);
  t.regex(text, /^path +exit +fork$/m);
  t.notRegex(text, /^flush/m);
  t.regex(text, /^expected +to fail as oops-0003 +to hold$/m);
  t.regex(text, /^failures per trial +0\.500 % +< 3\.0e-6$/m);
  t.regex(text, /^verdict +REPRODUCED +HELD$/m);
});

test('a table is a box on a terminal and open elsewhere, never coloured', (t) => {
  const columns = [
    { head: 'name', align: 'left' },
    { head: 'n', align: 'right' },
  ] as const;
  t.deepEqual(
    renderTable(
      columns,
      [
        ['a', '1'],
        ['bcdef', '22'],
      ],
      false,
    ),
    ['name    n', 'a       1', 'bcdef  22'],
  );
  const boxed = renderTable(columns, [['a', '1']], true);
  t.deepEqual(boxed, ['┌──────┬───┐', '│ name │ n │', '│ a    │ 1 │', '└──────┴───┘']);
});
