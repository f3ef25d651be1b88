// Goal: the verdict on many rows is the worst of those that contradict what was expected, and the text says which. Method:
// made-up rows of every verdict, with second tries and interrupts.

import test from 'ava';
import { verifyAnnotations } from '../../../lib/report/verify/annotations.js';
import { isUnexpected, wasCutOff, type RowDocument } from '../../../lib/report/verify/document.js';
import { verifyReport } from '../../../lib/report/verify/text.js';
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

test('the table shows expected against observed, one line for each row', (t) => {
  const lines = verifyReport(documentOf(GOOD), PLAIN);
  t.regex(lines[0], /^race +row +expected +observed +trials +failures +per trial \(95 %\) +against its twin +verdict$/);
  t.regex(
    lines[1],
    /^xen-pin +buggy, exit +fail as oops-0003 +oops-0003 5,000 +1,000,000 +5,000 +0\.486 % \.\. 0\.514 % +REPRODUCED$/,
  );
  t.regex(
    lines[2],
    /^xen-pin +merged fix +hold +no failure +1,000,000 +0 +< 3\.0e-6 +1\/1,600 of buggy: 0\.500 % +HELD$/,
  );
  t.deepEqual(lines.slice(3), ['', '2 rows: 2 as expected']);
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
  t.regex(text, /oops-0003 5,000 \(second try\)/);
  t.regex(text, /^second try, longer: xen-pin, buggy; the first: no failure in 2,500 trials and 2\.0 s$/m);
  t.regex(text, /\n1 row: 1 as expected$/);
});

test('an interrupted report says what was cut off and what was left out', (t) => {
  const rows = [...GOOD, rowOf('slow', NOT_REPRODUCED, { interrupted: true })];
  const text = verifyReport(documentOf(rows, [{ race: 'pgd-lock', row: 'last' }]), PLAIN).join('\n');
  t.regex(text, /NOT REPRODUCED \(interrupted\)$/m);
  t.notRegex(text, /repeat:|not as expected/);
  t.true(text.endsWith('\nnot run: pgd-lock, last\n4 rows: 2 as expected, 1 interrupted, 1 not run (interrupted)'));
  const nothing = verifyReport(documentOf([], [{ race: 'pgd-lock', row: 'last' }]), PLAIN);
  t.is(nothing.at(-1), '1 row: 0 as expected, 1 not run (interrupted)');
});

test('what all states say stands beside what was hammered, and against it', (t) => {
  const both = rowOf('merged fix', HELD, { proved: PROVED });
  t.like(documentOf([both]), { verdict: 'AS_EXPECTED', exitCode: 0 });
  const text = verifyReport(documentOf([both]), PLAIN).join('\n');
  t.true(text.includes('PROVED, 742 states'), text);
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
    t.regex(lines[2], / VIOLATED +.*(?:NOT AS EXPECTED|THREADS FAIL OTHERWISE)$/);
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
  t.true(text.includes('BOUNDED, 742 states, to 2 preemptions'), text);
});
