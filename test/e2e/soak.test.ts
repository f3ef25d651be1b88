/**
 * Goal: a soak ends cleanly when it is told to, goes on where it was after any other end, and can be looked at meanwhile.
 * Method: the program itself, in a folder of its own. What it says on stderr tells the test when to act; no sleeps.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { SoakDocument } from '../../lib/report/soak/document.js';
import { exitCodeOfRows, hasRun } from '../../lib/report/soak/verdict.js';
import { peek } from '../soak/peek.js';
import { folder } from '../soak/rows.js';
import { isDescribed } from '../described.js';
import { Racehammer, fixture } from './cli.js';
import { runKeptIn } from './keptProgram.js';
import type { Answer } from './programHost.js';

/** A soak in a folder; whatever becomes of the test, no process stays. */
function start(t: ExecutionContext, cwd: string, ...args: string[]): Racehammer {
  const soak = new Racehammer(['soak', ...args], {}, '', cwd);
  t.teardown(() => soak.child.kill('SIGKILL'));
  return soak;
}

/** A soak that ends by itself. */
async function run(cwd: string, ...args: string[]): Promise<Answer> {
  return await runKeptIn(cwd, 'soak', ...args);
}

/** What the store holds. The exit code is that of its rows, whatever they have come to; `exitCode`: what that must be. */
async function look(t: ExecutionContext, cwd: string, exitCode?: number): Promise<SoakDocument> {
  const { code, stdout, stderr } = await runKeptIn(cwd, 'soak', 'status', 's.db', '--json');
  isDescribed(t, 'soak', stdout);
  const document = JSON.parse(stdout) as SoakDocument;
  t.is(code, exitCode ?? (document.rows.some(hasRun) ? exitCodeOfRows(document.rows) : 4), stderr);
  return document;
}

const LOOK_EVERY_MS = 50;

/**
 * Waits until a running soak is as the test wants it. No process for each look, and none at what it has looked at already: they
 * would take the processors from the soak.
 */
async function isSoFar(soak: Racehammer, cwd: string, isEnough: (document: SoakDocument) => boolean): Promise<void> {
  await soak.saysOnStderr('trials');
  const log = join(cwd, 's.db-wal');
  for (let seen = 0; ; await delay(LOOK_EVERY_MS)) {
    const { mtimeMs = 0 } = statSync(log, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs === seen) continue;
    seen = mtimeMs;
    if (isEnough(await peek(join(cwd, 's.db')))) return;
  }
}

/** Waits until the soak has counted trials, and the file has them. */
async function haveTrials(soak: Racehammer, cwd: string): Promise<void> {
  await isSoFar(soak, cwd, ({ rows }) => rows.some(({ trials }) => trials > 0));
}

const CAMPAIGN = `campaign: two rows
rows:
  - race: xen-pin
    row: merged fix, fork
  - race: pgd-lock
    row: buggy, single
`;
const ROWS = ['--campaign', 'two.yaml', '--slice', '500ms'];

/** A folder with the campaign in it. */
function withCampaign(t: ExecutionContext): string {
  const cwd = folder(t);
  writeFileSync(join(cwd, 'two.yaml'), CAMPAIGN);
  return cwd;
}

/**
 * Lets a soak run until it is as the test wants it, interrupts it, and returns what it has become. What it counts after the last
 * look can take a verdict back that was just reached: then it goes on.
 */
async function soakUntil(
  t: ExecutionContext,
  cwd: string,
  { args, isEnough, exitCode = 0 }: SoakWanted,
): Promise<{ document: SoakDocument; stderr: string }> {
  const store = ['--store', 's.db'];
  let soak = start(t, cwd, ...args, '--duration', '1h', ...store);
  for (;;) {
    await isSoFar(soak, cwd, isEnough);
    soak.child.kill('SIGTERM');
    const { code, stderr } = await soak.ended();
    t.is(code, 130, stderr);
    if (isEnough(await peek(join(cwd, 's.db')))) break;
    soak = start(t, cwd, '--resume', '--trust-code', '--duration', '1h', ...store);
  }
  // Its budget cut down to what is used up already: it ends at once, as one that ran to its end.
  const end = await run(cwd, '--resume', '--trust-code', '--duration', '1ms', ...store);
  t.is(end.code, exitCode, end.stderr);
  return { document: await look(t, cwd, exitCode), stderr: soak.stderr };
}

interface SoakWanted {
  readonly args: readonly string[];
  readonly isEnough: (document: SoakDocument) => boolean;
  /** Of a soak that ran to its end in this state. */
  readonly exitCode?: number;
}

/** What fails at a known rate on every host, and a race whose failure can be replayed. */
const SURE = `rows:
  - { race: ${fixture('outcomes')}, variant: fixed }
  - { race: pgd-lock, row: 'buggy, single' }
  - { race: canary, variant: lock-cycle }
  - { race: canary, variant: orphaned-lock }
`;

test.serial('a short soak: rows as expected, the one that holds beside its twin, hangs, one file left', async (t) => {
  t.timeout(120_000);
  const cwd = folder(t);
  writeFileSync(join(cwd, 'sure.yaml'), SURE);
  const {
    document: { rows, campaign, hangs },
  } = await soakUntil(t, cwd, {
    args: ['--campaign', 'sure.yaml', '--slice', '500ms'],
    isEnough: ({ rows: all, hangs: met }) =>
      met.length === 3 && all.every(({ verdict }) => verdict === 'HELD' || verdict === 'REPRODUCED'),
  });
  t.deepEqual(
    rows.map(({ name, verdict }) => [name, verdict]),
    [
      ['twin buggy', 'REPRODUCED'],
      ['fixed', 'HELD'],
      ['buggy, single PTE lock', 'REPRODUCED'],
      ['lock-cycle', 'REPRODUCED'],
      ['orphaned-lock', 'REPRODUCED'],
    ],
  );
  t.deepEqual(hangs.map(({ signature }) => signature).toSorted(), ['deadlock', 'deadlock', 'orphaned-lock']);
  t.like(rows[1], { twin: rows[0].key, power: { source: 'twin', name: 'twin buggy' } });
  t.true(campaign.endedAt !== null);
  t.deepEqual(readdirSync(cwd), ['s.db', 'sure.yaml']);
  const { stdout: status } = await runKeptIn(cwd, 'soak', 'status', 's.db', '--evidence', 'kept');
  t.regex(status, /failures can be found on this host/);
  const [, file = ''] = /npx racehammer replay (\S*pgd-lock\S*)/.exec(status) ?? [];
  const replay = await runKeptIn(cwd, 'replay', file);
  t.is(replay.code, 0, replay.stderr);
  t.regex(replay.stdout, /replayed: the same failure/);
  const { stdout: page } = await runKeptIn(cwd, 'report', 's.db');
  t.regex(page, /<h3>Hangs<\/h3>[^]*canary: lock-cycle[^]*orphaned-lock/);
});

/** Two rows that break: one ends its worker, one fills its heap. And one that holds; what time it gets, schedule.test.ts says. */
test.serial('workers that break cost the other rows nothing', async (t) => {
  t.timeout(120_000);
  const cwd = folder(t);
  // The one that is to break more often has the larger share.
  const broken = Object.entries({ exits: 4, 'out-of-memory': 1 }).map(
    ([name, weight]) => `  - { race: ${fixture('broken')}, variant: ${name}, weight: ${weight} }\n`,
  );
  writeFileSync(join(cwd, 'c.yaml'), `rows:\n${broken.join('')}  - { race: ${fixture('patient')}, variant: first }\n`);
  const {
    document: { rows },
    stderr,
  } = await soakUntil(t, cwd, {
    args: ['--campaign', 'c.yaml', '--slice', '500ms'],
    isEnough: ({ rows: [exits, memory, holds] }) =>
      exits.harnessErrors > 3 && memory.harnessErrors > 0 && holds.trials > 0,
    exitCode: 70,
  });
  t.regex(stderr, /harness error: broken, exits: worker of CPU \d on machine 0: it ended with exit code 7/);
  // The first three are told one by one, then the tenth, the hundredth and so on.
  const told = stderr.match(/^harness error: broken, exits/gm) ?? [];
  t.is(told.length, 3 + Math.floor(Math.log10(rows[0].harnessErrors)), stderr);
  t.regex(rows[1].harnessError ?? '', /memory/);
  t.like(rows[2], { race: 'patient', failures: 0, harnessErrors: 0 });
});

/** The figures are served to this host alone. */
async function areServed(t: ExecutionContext, soak: Racehammer): Promise<void> {
  const url = /metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)/.exec(soak.stderr)?.[1] ?? '';
  const response = await fetch(url);
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.regex(
    await response.text(),
    /^racehammer_trials_total\{race="pgd-lock",row="buggy, single PTE lock",variant="buggy",cpus="2",expected="fail"\} \d+$/m,
  );
  t.is((await fetch(`${url}/more`)).status, 404);
}

test.serial('SIGINT ends it with its report; the rest of the budget is run when it is resumed', async (t) => {
  const cwd = withCampaign(t);
  const soak = start(t, cwd, ...ROWS, '--duration', '1h', '--store', 's.db', '--metrics', '0');
  await haveTrials(soak, cwd);
  await areServed(t, soak);
  soak.child.kill('SIGINT');
  const first = await soak.ended();
  t.is(first.code, 130);
  t.regex(first.stdout, /resume: npx racehammer soak --resume --store s\.db/);
  t.deepEqual(readdirSync(cwd), ['s.db', 'two.yaml']);
  const before = await look(t, cwd);
  const budgetMs = before.campaign.elapsedMs + 400;
  const second = await run(cwd, '--resume', '--duration', `${budgetMs}ms`, '--store', 's.db', '--json');
  const after = JSON.parse(second.stdout) as SoakDocument;
  t.true(after.campaign.elapsedMs >= budgetMs - 100);
  t.deepEqual(
    after.rows.map(({ key }) => key),
    before.rows.map(({ key }) => key),
  );
});

test.serial('killed, it goes on from its last checkpoint; meanwhile nobody else may write', async (t) => {
  const cwd = withCampaign(t);
  const soak = start(t, cwd, ...ROWS, '--duration', '1h', '--store', 's.db');
  await haveTrials(soak, cwd);
  const other = await run(cwd, '--resume', '--store', 's.db');
  t.is(other.code, 2);
  t.regex(other.stderr, /s\.db: process \d+ on .* is soaking into it/);
  t.is((await look(t, cwd)).soakingPid, soak.child.pid ?? 0);
  const page = await runKeptIn(cwd, 'report', 's.db');
  t.is(page.code, 0, page.stderr);
  t.regex(page.stdout, /Running: /);
  soak.child.kill('SIGKILL');
  t.is((await soak.ended()).signal, 'SIGKILL');
  const before = await look(t, cwd);
  t.is(before.soakingPid, null);
  const duration = `${before.campaign.elapsedMs + 400}ms`;
  // A process of its own: the other one has looked at the file, and keeps it open.
  const { stdout } = await start(t, cwd, '--resume', '--duration', duration, '--store', 's.db', '--json').ended();
  const after = JSON.parse(stdout) as SoakDocument;
  t.true(after.events.some(({ kind }) => kind === 'taken over'));
  for (const [i, row] of before.rows.entries()) t.true(after.rows[i].trials >= row.trials);
  t.deepEqual(readdirSync(cwd), ['s.db', 'two.yaml']);
});

test.serial(
  'a store is a file, whatever it is called; where nothing was hammered the soak is no success',
  async (t) => {
    const cwd = folder(t);
    const { code, stderr } = await run(cwd, 'xen-pin:pte-lock', '--duration', '150ms', '--store', ':memory:');
    t.is(code, 4, stderr);
    t.regex(stderr, /^racehammer: no row has run a trial: /m);
    t.deepEqual(readdirSync(cwd), [':memory:']);
  },
);

test.serial('while it plans an interrupt ends it at once', async (t) => {
  t.timeout(60_000);
  const cwd = folder(t);
  const pipe = join(cwd, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const flag of ['--campaign', '--tuned']) {
    const soak = start(t, cwd, flag, pipe);
    // Opened as soon as the soak waits for what comes out of it.
    const end = await open(pipe, 'w');
    soak.child.kill('SIGINT');
    t.is((await soak.ended()).signal, 'SIGINT');
    await end.close();
  }
  t.deepEqual(readdirSync(cwd), ['pipe']);
});

test.serial('a mistake is one line on stderr and exit 2', async (t) => {
  const cwd = folder(t);
  const { code, stdout, stderr } = await runKeptIn(cwd, 'soak', '--campaign', 'none.yaml');
  t.is(code, 2, stderr);
  t.is(stdout, '');
  t.regex(stderr, /^racehammer: --campaign "none\.yaml": cannot be read: ENOENT[^\n]*\n$/);
  t.deepEqual(readdirSync(cwd), []);
});
