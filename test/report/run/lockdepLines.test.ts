/**
 * Goal: a run says in one line each what could hang, or that nothing could, or nothing if it did not look; the reports
 * follow; `verify` says so of rows that hold.
 * Method: run documents that tests make up.
 */
import test from 'ava';
import { lockdepLines, lockdepReports } from '../../../lib/report/run/lockdepLines.js';
import { runReport } from '../../../lib/report/run/text.js';
import { verifyReport } from '../../../lib/report/verify/text.js';
import type { RunDocument } from '../../../lib/report/run/document.js';
import { HELD, REPRODUCED, documentOf, rowOf } from './madeUpRun.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const found = { kind: 'ipi-wait', locks: ['ptl', 'irq[cpu]'], trial: 3, report: ['the report', 'its end'] };
const withDeadlock = (run: RunDocument): RunDocument => ({
  ...run,
  lockdep: { complete: true, possibleDeadlocks: [found] },
});
const LINE = 'possible deadlock (lockdep): ipi-wait: ptl -> irq[cpu] -> ptl';

test('nothing found, something found, not looked', (t) => {
  t.deepEqual(lockdepLines(HELD), ['lockdep: no possible deadlock in the lock orders seen']);
  t.deepEqual(lockdepLines(withDeadlock(HELD)), [LINE]);
  t.deepEqual(lockdepLines({ ...HELD, lockdep: null }), []);
  t.deepEqual(lockdepReports({ ...HELD, lockdep: null }), []);
});

test('what found no place is said', (t) => {
  const [, full] = lockdepLines({ ...HELD, lockdep: { complete: false, possibleDeadlocks: [] } });
  t.regex(full, /tables became full/);
});

test('a run prints the line among its figures and the report at its end', (t) => {
  const lines = runReport(withDeadlock(HELD), PLAIN);
  t.true(lines.includes(LINE));
  t.deepEqual(lines.slice(-3), ['', 'the report', 'its end']);
});

test('verify tells of a row that holds, not of one that fails anyway', (t) => {
  const note = (run: RunDocument): string[] =>
    verifyReport(documentOf([rowOf('the row', run)]), PLAIN).filter((line) => line.startsWith('possible deadlock'));
  t.deepEqual(note(withDeadlock(HELD)), [
    `possible deadlock (lockdep): xen-pin, the row: ${LINE.split(': ').slice(1).join(': ')}`,
  ]);
  t.deepEqual(note(withDeadlock(REPRODUCED)), []);
});
