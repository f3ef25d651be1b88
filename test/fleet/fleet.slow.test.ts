/**
 * Goal: a hub and a worker that are killed lose nothing that was written, and count nothing twice; their end is clean. Method: the
 * commands as processes, a real Redis, a worker whose clock is five hours ahead; its own files are compared with the store.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { isDescribed } from '../described.js';
import { Racehammer } from '../e2e/cli.js';
import { peek } from '../soak/peek.js';
import { keptExecutions } from './keptFiles.js';
import { RedisServer, hasRedis } from './redisServer.js';

const AHEAD = 'data:text/javascript,const now=Date.now;Date.now=()=>now()+18e6';
/** Two threads that spin on one core take no more of the host than that. */
const CORES = platform() === 'linux' ? ['--cores', '0'] : [];
const CAMPAIGN = 'campaign: killed\nslice: 500ms\nrows:\n  - { race: xen-pin, variant: pte-lock }\n';

test('killed at once, hub and worker go on where they were', async (t) => {
  if (!hasRedis(t)) return;
  const server = await RedisServer.start(t);
  const cwd = mkdtempSync(join(tmpdir(), 'racehammer-fleet-'));
  t.teardown(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'c.yaml'), CAMPAIGN);
  const store = join(cwd, 's.db');
  const env = { RACEHAMMER_REDIS: server.url };
  const start = (more: Readonly<Record<string, string>>, ...args: string[]): Racehammer => {
    const process = new Racehammer(['fleet', ...args], { ...env, ...more }, '', cwd);
    t.teardown(() => process.child.kill('SIGKILL'));
    return process;
  };
  const work = (): Racehammer =>
    start({ NODE_OPTIONS: `--import="${AHEAD}"` }, 'work', '--name', 'a', '--nice', '0', '--keep-delivered', ...CORES);
  /** Asks the hub what has arrived, by variant, until it is so. */
  const until = async (hub: Racehammer, isSo: (trials: ReadonlyMap<string, number>) => boolean): Promise<void> => {
    await hub.saysOnStderr('metrics: ');
    const url = /metrics: (\S+)/.exec(hub.stderr)![1];
    const counted = async (): Promise<ReadonlyMap<string, number>> => {
      const text = await (await fetch(url)).text();
      const rows = text.matchAll(/^racehammer_fleet_trials_total\{.*variant="([^"]+)".*\} (\d+)$/gm);
      return new Map(Array.from(rows, ([, variant, trials]) => [variant, Number(trials)]));
    };
    while (!isSo(await counted())) await delay(50);
  };

  const hub = start({}, 'hub', '--campaign', 'c.yaml', '--store', 's.db', '--page', '0', '--classes');
  const worker = work();
  await until(hub, (trials) => (trials.get('buggy') ?? 0) > 0);
  worker.child.kill('SIGKILL');
  hub.child.kill('SIGKILL');
  await Promise.all([worker.ended(), hub.ended()]);

  const again = start({}, 'hub', '--resume', '--store', 's.db', '--page', '0');
  await again.saysOnStderr('continues at');
  const other = work();
  await until(again, (trials) => (trials.get('pte-lock') ?? 0) > 0);
  // The page is some time behind the figures.
  const shown = / data-since="[^"]+"[\s\S]*<h3>Hosts<\/h3>[\s\S]*hammer proven/;
  const page = async (): Promise<string> => (await fetch(/page: (\S+);/.exec(again.stderr)![1])).text();
  while (!shown.test(await page())) await delay(200);
  const status = await start({}, 'status', '--json').ended();
  t.is(status.code, 0, status.stderr);
  isDescribed(t, 'fleet-status', status.stdout);
  const stopped = await start({}, 'stop').ended();
  t.is(stopped.code, 0, stopped.stderr);
  const { stdout, stderr } = await again.ended();
  t.regex(stdout, /^stopped; resume: npx racehammer fleet hub --resume/m, stderr);
  t.regex(stdout, /hammer proven/);
  other.child.kill('SIGINT');
  const ended = await other.ended();
  t.is(ended.code, 130, ended.stderr);
  t.regex(ended.stderr, /everything has arrived$/m);

  const kept = keptExecutions(join(cwd, 'racehammer-spool')).flatMap(({ intervals }) => intervals);
  const { rows, soakingPid, fleet } = await peek(store);
  t.is(fleet?.hosts.length, 1);
  const sum = (all: readonly { trials: number }[]): number => all.reduce((n, { trials }) => n + trials, 0);
  t.is(sum(rows), sum(kept), 'the store has what the files of the worker have');
  const searched = rows.map(({ variant, classes }) => ({ variant, of: classes?.classes, why: classes?.reason }));
  t.deepEqual(searched, [
    { variant: 'buggy', of: 10, why: null },
    { variant: 'pte-lock', of: 6, why: null },
  ]);
  t.true(rows.every(({ classes }) => classes !== null && classes.met > 0 && classes.met <= classes.classes!));
  t.is(soakingPid, null);
  t.notRegex(readFileSync(join(cwd, 's.db')).toString('latin1'), /redis:\/\//, 'no address is in the store');
});
