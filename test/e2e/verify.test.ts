// Goal: `verify` runs its rows, judges them together, and says the same as text, as JSON and as JUnit XML. Method: the program
// as a process, on a fixture that fails in every fourth trial whatever the host does, and on rows of xen-pin.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'ava';
import type { VerifyDocument } from '../../lib/report/verify/document.js';
import { FOLDER, Racehammer, fixture } from './cli.js';
import { runKept } from './keptProgram.js';

const OUTCOMES = fixture('outcomes');
const directory = mkdtempSync(join(tmpdir(), 'racehammer-verify-'));
test.after.always(() => rmSync(directory, { recursive: true }));

test.serial('rows that are as expected exit 0, and one that fails ends before its budget', async (t) => {
  const { code, stdout, stderr } = await runKept('verify', `${OUTCOMES}:buggy`, '--budget', '50s', '--json');
  const { rows, verdict, exitCode } = JSON.parse(stdout) as VerifyDocument;
  t.is(code, 0);
  t.like({ verdict, exitCode }, { verdict: 'AS_EXPECTED', exitCode: 0 });
  t.is(rows.length, 1);
  t.like(rows[0], { schema: 'racehammer.run/1', row: 'fails as it should', race: 'outcomes', verdict: 'REPRODUCED' });
  t.like(rows[0], { firstTry: null, interrupted: false, durationMs: 50_000 });
  t.true(rows[0].failures >= 100 && rows[0].seconds < 50);
  t.regex(stderr, /^\[1\/1\] outcomes, fails as it should: REPRODUCED, lost [\d,]+ in [\d,]+ trials\n$/);
});

test.serial('what is not as expected is told in text and in the file', async (t) => {
  const file = join(directory, 'rows.xml');
  const { code, stdout, stderr } = await runKept(
    'verify',
    OUTCOMES,
    '--budget',
    '150ms',
    '--seed',
    '7',
    '--junit',
    file,
  );
  t.is(code, 1);
  t.regex(stdout, /^REPRODUCED +outcomes, fails as it should: lost in [\d,]+ of /m);
  t.regex(stdout, /^HELD +outcomes, holds as it should: no failure in [\d,]+ trials, < /m);
  t.regex(stdout, /^NOT REPRODUCED +outcomes, should fail, and holds: no failure in .* \(second try\)$/m);
  t.regex(stdout, /^VIOLATED +outcomes, should hold, and fails: lost in [\d,]+ of /m);
  t.regex(stdout, /^second try, longer: outcomes, should fail, and holds; the first: no failure in /m);
  t.regex(stdout, /^fixture: the word was lost$/m);
  // The fixture fails by the number of the trial, and records nothing.
  const [, kept = ''] =
    /^evidence of lost: not explained: not recorded: .*\n +npx racehammer replay --trust-code (\S+)$/m.exec(stdout) ??
    [];
  t.deepEqual(readdirSync(join(FOLDER, 'evidence')), [basename(kept)]);
  t.is((await runKept('replay', '--trust-code', kept)).code, 1);
  t.regex(stdout, /^4 rows: 2 as expected, 1 VIOLATED, 1 NOT REPRODUCED$/m);
  t.regex(stdout, /^repeat: npx racehammer run \S+:shy .*--seed 8 --duration \d+ms$/m);
  t.regex(stdout, /^repeat: npx racehammer run \S+:weak .*--seed 7 --duration 150ms$/m);
  t.is(stdout.match(/^repeat: npx racehammer run /gm)?.length, 2);
  // At once, and in the summary.
  t.is(stdout.match(/^ {2}repeat: npx racehammer run /gm)?.length, 2);
  t.regex(stdout, /\nrepeat: npx racehammer verify \S+outcomes\.js --budget 150ms --seed 7\n$/);
  t.is(stderr, '');
  const xml = readFileSync(file, 'utf8');
  t.regex(xml, /<testsuite name="outcomes" tests="4" failures="2" errors="0" skipped="0"/);
  t.regex(xml, /<failure type="VIOLATED" message="expected to hold; observed: lost /);
});

test.serial('--fail-fast ends with the first row that is not as expected, and no other is a pass', async (t) => {
  const args = ['verify', OUTCOMES, '--budget', '100ms', '--fail-fast', '--no-evidence', '--json'];
  const { code, stdout } = await runKept(...args);
  const { rows, notRun, ...document } = JSON.parse(stdout) as VerifyDocument;
  t.is(code, 3);
  t.like(document, { verdict: 'NOT_REPRODUCED', exitCode: 3, failFast: true, interrupted: false });
  t.deepEqual(
    rows.map(({ row, verdict }) => [row, verdict]),
    [
      ['fails as it should', 'REPRODUCED'],
      ['should fail, and holds', 'NOT_REPRODUCED'],
    ],
  );
  t.is(notRun.length, 2);
  t.regex(document.repeat, / --fail-fast /);
});

test.serial('rows of xen-pin: one fails as its mail says, one holds', async (t) => {
  const args = ['--budget', '20s', '--row', 'exit without drop_mm_ref', '--json'];
  const failing = await runKept('verify', 'xen-pin', ...args);
  t.is(failing.code, 0);
  t.like((JSON.parse(failing.stdout) as VerifyDocument).rows[0], { verdict: 'REPRODUCED', expected: 'fail' });
  const holding = await runKept('verify', 'xen-pin', '--budget', '1s', '--row', 'single PTE lock', '--json');
  t.is(holding.code, 0);
  const [row] = (JSON.parse(holding.stdout) as VerifyDocument).rows;
  t.like(row, { verdict: 'HELD', variant: 'buggy', failures: 0 });
  t.true(row.seconds >= 1 && row.trials > 0);
});

test.serial('an interrupt ends with the report so far', async (t) => {
  const file = join(directory, 'interrupted.xml');
  const program = new Racehammer(['verify', fixture('patient'), '--budget', '1h', '--junit', file]);
  await program.saysOnStderr('hammering');
  program.child.kill('SIGINT');
  const { code, stdout } = await program.ended();
  t.is(code, 130);
  t.regex(stdout, /^INCONCLUSIVE \(interrupted\) +patient, first row: no failure in /m);
  t.regex(stdout, /^not run: patient, second row\n2 rows: 0 as expected, 1 interrupted, 1 not run \(interrupted\)$/m);
  t.regex(readFileSync(file, 'utf8'), /name="second row" time="0\.000">\n +<skipped /);
});

test.serial('a mistake is one line on stderr and exit 2', async (t) => {
  for (const args of [['xen-pni'], ['xen-pin', '--row', 'nonsense'], ['xen-pin', '--budget', '3x', '--json']]) {
    const { code, stdout, stderr } = await runKept('verify', ...args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^racehammer: [^\n]+\n$/);
  }
});
