// Goal: report, compare and plan do what they promise as a process: pages on stdout or in a file, mistakes in one line with exit 2,
// annotations on stderr in a build on GitHub. Method: the program on made-up documents and on a fixture.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DocumentFolder } from '../report/documentFolder.js';
import { HELD, NOT_REPRODUCED, REPRODUCED, VIOLATED, documentOf, rowOf } from '../report/run/madeUpRun.js';
import { Racehammer, fixture } from './cli.js';
import { runKept } from './keptProgram.js';
import { openSqlite } from '../../lib/soak/sqlite.js';

const folder = new DocumentFolder();
const run = folder.put('run.json', REPRODUCED);
const held = folder.put('held.json', HELD);
const verify = folder.put('verify.json', documentOf([rowOf('one', VIOLATED)]));

test.serial('a page on stdout, and the same in a file', async (t) => {
  const page = await runKept('report', run, verify);
  t.is(page.code, 0);
  t.is(page.stderr, '');
  t.regex(page.stdout, /^<!doctype html>[^]*xen-pin:buggy[^]*Expected against observed[^]*<\/html>\n$/);
  const file = join(folder.path, 'page.html');
  const { code, stdout } = await runKept('report', run, verify, '--output', file);
  t.deepEqual([code, stdout], [0, '']);
  t.is(readFileSync(file, 'utf8'), page.stdout);
});

test.serial('a run comes through a pipe', async (t) => {
  const { code, stdout } = await new Racehammer(['report', '-'], {}, JSON.stringify(HELD)).ended();
  t.is(code, 0);
  t.regex(stdout, /xen-pin: pte-lock HELD/);
});

test.serial('mistakes cost one line and exit 2, and no document is written over', async (t) => {
  const before = readFileSync(run, 'utf8');
  mkdirSync(join(folder.path, 'directory'));
  const foreign = join(folder.path, 'foreign.db');
  const other = openSqlite(foreign);
  other.exec('CREATE TABLE t (x)');
  other.close();
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['report', 'nowhere.json'], /file "nowhere\.json": cannot be read: ENOENT/],
    [['report', run, '-o', run], /--output ".*": is one of the documents/],
    [['report', run, '-o', join(folder.path, 'directory')], /--output ".*": must be a regular file, and is a folder/],
    [['report', foreign], /store .*foreign\.db: is a SQLite file of another program/],
    [['report', run, '-o', join(folder.path, 'none', 'x.html')], /must be a file that can be written: ENOENT/],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runKept(...args);
    t.deepEqual([code, stdout], [2, ''], args.join(' '));
    t.regex(stderr, /^racehammer: [^\n]+\n$/);
    t.regex(stderr, says);
  }
  t.is(readFileSync(run, 'utf8'), before);
});

test.serial('compare says whether the fix has changed the rate', async (t) => {
  const { code, stdout } = await runKept('compare', run, held);
  t.is(code, 0);
  t.regex(stdout, /^failures per trial +0\.500 % +< 3\.0e-6$/m);
  t.regex(stdout, /^pte-lock fails less often than buggy: .*at most 7\.4e-4 times as often \(95 %\), p < 1e-300$/m);
  t.regex(stdout, /^the runs differ in knob path: exit against fork$/m);
  const same = folder.put('same.json', { ...NOT_REPRODUCED, failures: 0 });
  t.regex((await runKept('compare', same, same)).stdout, /^xen-pin +the first +the second$/m);
});

test.serial('plan says how long to soak, at the speed of a run if one is named', async (t) => {
  const { code, stdout } = await runKept('plan', '1e-6@99.9%', held);
  t.is(code, 0);
  t.regex(stdout, /^ +0 +6,907,752 +7,041,284$/m);
  t.regex(stdout, /^xen-pin:pte-lock +500 k\/s +13\.8 s$/m);
  t.regex((await runKept('plan', '1e-6')).stdout, /^trials +1\.0 M\/s +6\.9 s$/m);
});

test.serial('a run goes on until its claim is decided', async (t) => {
  const holds = await runKept('run', `${fixture('outcomes')}:fixed`, '--until-confidence', '1e-3');
  t.is(holds.code, 0);
  t.regex(holds.stdout, /^claim holds: rate < 0\.100 % with 99\.9 % confidence \(0 failures in [\d,]+ trials\)$/m);
  t.regex(holds.stdout, /--until-confidence 0\.001@0\.999$/m);
  const refuted = await runKept('run', `${fixture('outcomes')}:weak`, '--until-confidence', '1e-3@95%');
  t.is(refuted.code, 1);
  t.regex(refuted.stdout, /^claim refuted: rate >= 0\.100 % with 95 % confidence/m);
  const open = await runKept('run', `${fixture('outcomes')}:fixed`, '--until-confidence', '1e-9', '--trials', '500');
  t.is(open.code, 4);
  t.regex(open.stdout, /^claim open: .* takes 7,041,286,669 trials with 0 failures; there were 500$/m);
});

test.serial('a build on GitHub gets annotations on stderr and a summary, and stdout stays one document', async (t) => {
  const args = ['run', `${fixture('outcomes')}:weak`, '--trials', '400', '--json'];
  const summary = join(folder.path, 'summary.md');
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { stdout, stderr } = await new Racehammer(args, github).ended();
  t.regex(
    stderr,
    /^::error title=racehammer%3A outcomes%3Aweak%3A VIOLATED::expected to hold; observed: lost 100 in 400 trials%0A/,
  );
  t.notThrows(() => JSON.parse(stdout) as unknown);
  t.is((await runKept(...args)).stderr, '');
  const events = join(folder.path, 'events.jsonl');
  const rows = ['verify', fixture('outcomes'), '--row', 'should hold', '--budget', '100ms', '--events', events];
  t.regex(
    (await new Racehammer(rows, github).ended()).stderr,
    /^::error title=racehammer%3A outcomes%2C should hold%2C and fails%3A VIOLATED::/m,
  );
  const kinds = readFileSync(events, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { kind: string }).kind);
  t.deepEqual([kinds[0], kinds.at(-1)], ['begin', 'end']);
  t.true(kinds.includes('ended'));
  t.regex(readFileSync(summary, 'utf8'), /^## racehammer run\n[^]*\n## racehammer verify: VIOLATED\n/);
});

test.serial('trials between failures are counted as they were', async (t) => {
  for (const sync of ['rendezvous', 'stride']) {
    const { stdout } = await runKept(
      'run',
      `${fixture('outcomes')}:buggy`,
      '--trials',
      '400',
      '--sync',
      sync,
      '--json',
    );
    const { failureGaps, failures, samples, trials } = JSON.parse(stdout) as typeof REPRODUCED;
    if (sync === 'rendezvous') t.deepEqual(failureGaps, [{ from: 4, to: 7, count: 100 }]);
    t.is(
      failureGaps.reduce((sum, { count }) => sum + count, 0),
      failures,
    );
    t.like(samples.at(-1), { trials, failures });
  }
});
