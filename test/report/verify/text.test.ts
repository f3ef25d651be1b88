// Goal: the verdict on many rows is the worst of those that contradict what was expected, and the text says which. Method:
// made-up rows of every verdict, with second tries and interrupts.

import test from 'ava';
import { verifyAnnotations } from '../../../lib/report/verify/annotations.js';
import { isUnexpected, verifyDocument, wasCutOff, type RowDocument } from '../../../lib/report/verify/document.js';
import { junitXml } from '../../../lib/report/verify/junit.js';
import { provedLine, endedRowLines, summaryLine, verifyReport } from '../../../lib/report/verify/text.js';
import {
  BROKEN,
  HELD,
  INCONCLUSIVE,
  NOT_REPRODUCED,
  PROVED,
  REPRODUCED,
  VIOLATED,
  documentOf,
  rowOf,
} from '../run/madeUpRun.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const GOOD = [rowOf('buggy, exit', REPRODUCED), rowOf('merged fix', HELD)];

test('the verdict is the worst row, by 70, 1, 3, 4', (t) => {
  const cases: readonly (readonly [rows: readonly RowDocument[], verdict: string, exitCode: number])[] = [
    [[], 'AS_EXPECTED', 0],
    [[rowOf('d', NOT_REPRODUCED)], 'NOT_REPRODUCED', 3],
    [[rowOf('d', INCONCLUSIVE)], 'INCONCLUSIVE', 4],
    [[rowOf('d', INCONCLUSIVE), rowOf('e', NOT_REPRODUCED)], 'NOT_REPRODUCED', 3],
    [[rowOf('d', NOT_REPRODUCED), rowOf('e', VIOLATED)], 'VIOLATED', 1],
    [[rowOf('d', VIOLATED), rowOf('e', BROKEN), rowOf('f', NOT_REPRODUCED)], 'HARNESS_ERROR', 70],
  ];
  for (const [rows, verdict, exitCode] of cases) {
    t.like(documentOf([...GOOD, ...rows]), { verdict, exitCode, interrupted: false });
  }
});

test('an interrupt is the exit code, and a row that it cut off contradicts nothing', (t) => {
  const cutOff = rowOf('buggy', NOT_REPRODUCED, { interrupted: true });
  t.true(wasCutOff(cutOff) && !isUnexpected(cutOff));
  const notRun = [{ race: 'xen-pin', row: 'the last' }];
  t.like(documentOf([...GOOD, cutOff], notRun), { verdict: 'INTERRUPTED', exitCode: 130, notRun });
  const violated = rowOf('fix', VIOLATED, { interrupted: true });
  t.false(wasCutOff(violated));
  t.like(documentOf([violated], notRun), { verdict: 'VIOLATED', exitCode: 130 });
});

test('a row is printed as its verdict and its number, in one line or more', (t) => {
  t.deepEqual(
    GOOD.flatMap((row) => endedRowLines(row, PLAIN)),
    [
      'REPRODUCED      xen-pin, buggy, exit: oops-0003 in 5,000 of 1,000,000 trials, 0.500 %',
      'HELD            xen-pin, merged fix: no failure in 1,000,000 trials, < 3.0e-6, 1/1,600 of buggy: 0.500 %',
    ],
  );
  t.deepEqual(endedRowLines(GOOD[1], { ...PLAIN, width: 80 }), [
    'HELD            xen-pin, merged fix: no failure in 1,000,000 trials, < 3.0e-6,',
    '                1/1,600 of buggy: 0.500 %',
  ]);
  t.deepEqual(verifyReport(documentOf(GOOD), PLAIN), ['', '2 rows: 2 as expected']);
});

test('what is wrong with a row is said at once: why, how it failed, and how to repeat it', (t) => {
  const repeat = 'npx racehammer run xen-pin:weak';
  const lost = [{ signature: 'oops-0003', notKept: 'the disk is full' }];
  const text = endedRowLines(rowOf('weak fix', { ...VIOLATED, repeat, evidence: lost }), PLAIN).join('\n');
  t.regex(text, /^VIOLATED +xen-pin, weak fix: oops-0003 in 5,000 of /);
  t.regex(text, /\n {2}Expected to hold but failed: oops-0003\.\n/);
  t.regex(text, /not kept: the disk is full\n {2}repeat: npx racehammer run xen-pin:weak$/);
  const open = endedRowLines(rowOf('fix', INCONCLUSIVE), PLAIN).join('\n');
  t.regex(open, /^INCONCLUSIVE .*\n {2}.*\n {2}INCONCLUSIVE: .*trials[^]*\n {2}repeat: /);
  t.is(endedRowLines(rowOf('slow', NOT_REPRODUCED, { interrupted: true }), PLAIN).length, 1);
});

test('rows behind the first that is not as expected were not run, and are no pass', (t) => {
  const notRun = Array.from({ length: 14 }, (_, i) => ({ race: 'pgd-lock', row: `row ${i}` }));
  const rows = [...GOOD, rowOf('weak fix', VIOLATED)];
  const document = verifyDocument({ rows, notRun, interrupted: false, failFast: true, repeat: '' });
  t.like(document, { verdict: 'VIOLATED', exitCode: 1, failFast: true });
  const text = verifyReport(document, PLAIN).join('\n');
  t.regex(
    text,
    /^not run: pgd-lock, row 9\nnot run: 4 more rows\n17 rows: 2 as expected, 1 VIOLATED, 14 not run \(--fail-fast\)$/m,
  );
  t.regex(junitXml(document, 'host'), /tests="17" failures="1" errors="0" skipped="14"/);
  t.regex(
    junitXml(document, 'host'),
    /<skipped message="not run: an earlier row was not as expected \(--fail-fast\)"\/>/,
  );
});

test('rows with too little CPU time are summed up, with an estimate', (t) => {
  const starved = { processorShare: 0.5 };
  const text = verifyReport(
    documentOf([rowOf('a', HELD, starved), rowOf('b', HELD, starved), rowOf('c', HELD)]),
    PLAIN,
  );
  t.regex(text[0], /^2 of 3 rows: the host gave the threads 50\.0 % .*; with all of it an estimated 1\.0 M\/s trials$/);
});

test('a row that is not as expected has its report and the command that repeats it', (t) => {
  const text = verifyReport(
    documentOf([...GOOD, rowOf('weak fix', { ...VIOLATED, repeat: 'npx racehammer run xen-pin:weak' })]),
    PLAIN,
  ).join('\n');
  t.regex(text, /^not as expected: xen-pin, weak fix\nxen-pin:pte-lock: VIOLATED$/m);
  t.is(text.split('the first line of the oops').length, 2);
  t.true(text.endsWith('\n3 rows: 2 as expected, 1 VIOLATED\nrepeat: npx racehammer run xen-pin:weak'));
  const broken = verifyReport(documentOf([rowOf('worker', BROKEN)]), PLAIN).join('\n');
  t.regex(broken, /^HARNESS ERROR: worker of CPU 1 on machine 0: it threw$/m);
});

test('a second try is said in the table, and what the first one showed below it', (t) => {
  const second = rowOf('buggy', REPRODUCED, { firstTry: { ...NOT_REPRODUCED, trials: 2500 } });
  const text = verifyReport(documentOf([second]), PLAIN).join('\n');
  t.regex(endedRowLines(second, PLAIN)[0], /trials, 0\.500 % \(second try\)$/);
  t.regex(text, /^second try, longer: xen-pin, buggy; the first: no failure in 2,500 trials and 2\.0 s$/m);
  t.regex(text, /\n1 row: 1 as expected$/);
});

test('an interrupted report says what was cut off and what was left out', (t) => {
  const rows = [...GOOD, rowOf('slow', NOT_REPRODUCED, { interrupted: true })];
  const text = verifyReport(documentOf(rows, [{ race: 'pgd-lock', row: 'last' }]), PLAIN).join('\n');
  t.regex(endedRowLines(rows[2], PLAIN)[0], /^NOT REPRODUCED \(interrupted\) /);
  t.notRegex(text, /repeat:|not as expected/);
  t.true(text.endsWith('\nnot run: pgd-lock, last\n4 rows: 2 as expected, 1 interrupted, 1 not run (interrupted)'));
  const nothing = verifyReport(documentOf([], [{ race: 'pgd-lock', row: 'last' }]), PLAIN);
  t.is(nothing.at(-1), '1 row: 0 as expected, 1 not run (interrupted)');
});

test('what all states say stands beside what was hammered, and against it', (t) => {
  const both = rowOf('merged fix', HELD, { proved: PROVED });
  t.like(documentOf([both]), { verdict: 'AS_EXPECTED', exitCode: 0 });
  const text = verifyReport(documentOf([both]), PLAIN).join('\n');
  t.is(provedLine(both, PLAIN), 'all states: xen-pin, merged fix: PROVED, 742 states');
  t.true(text.includes('explored: 1 PROVED, 0 FAILS'), text);
  for (const proved of [
    { ...PROVED, verdict: 'FAILS', failures: ['deadlock'], agrees: false },
    { ...PROVED, contradicts: true },
  ] as const) {
    const row = rowOf('merged fix', HELD, { proved });
    t.true(isUnexpected(row));
    t.false(wasCutOff({ ...row, interrupted: true }));
    const document = documentOf([both, row]);
    t.like(document, { verdict: 'VIOLATED', exitCode: 1 });
    const lines = verifyReport(document, PLAIN);
    t.true(lines.includes(`explored otherwise: ${row.race}, merged fix: ${PROVED.repeat}`), lines.join('\n'));
    t.regex(endedRowLines(row, PLAIN)[0], /^VIOLATED /);
    t.regex(provedLine(row, PLAIN), /(?:NOT AS EXPECTED|THREADS FAIL OTHERWISE)$/);
    t.regex(verifyAnnotations(document).join(), /^::error title=racehammer%3A .*explored otherwise::/);
  }
});

test('a search that was refused or bounded says nothing against a row', (t) => {
  const refused = rowOf('fix', HELD, { proved: { ...PROVED, verdict: null, agrees: null, refused: 'race x: line y' } });
  const bounded = rowOf('fix', HELD, {
    proved: { ...PROVED, verdict: 'BOUNDED', agrees: null, complete: false, preemptions: 2 },
  });
  t.like(documentOf([refused, bounded]), { verdict: 'AS_EXPECTED', exitCode: 0 });
  const text = verifyReport(documentOf([refused, bounded]), PLAIN).join('\n');
  t.true(text.includes('not explored: '), text);
  t.regex(provedLine(bounded, PLAIN), /: BOUNDED, 742 states, to 2 preemptions$/);
  const left = documentOf([rowOf('fix', HELD, { proved: null }), bounded]);
  t.regex(summaryLine(left), /: 2 as expected, .*, 1 not explored/);
});
