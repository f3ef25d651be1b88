/**
 * Kills and stops what a fleet is made of, at random moments: `npm run torture:fleet -- [kills] [longest stop in seconds]`, 100 and 60 by
 * default. A hub, two workers (the clock of one is five hours ahead), the processes of their slices and Redis are ended by SIGKILL, and
 * stopped for 5 seconds or more, up to three at once and beside the kills; what was ended is started again. At the end all that the
 * workers have kept in their own files must be in the store, each interval once. Exits with 1 at the first thing that is wrong.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import { Racehammer } from '../e2e/cli.js';
import type { IntervalLine } from '../../lib/fleet/spoolFile.js';
import { keptExecutions } from '../fleet/keptFiles.js';
import { RedisServer } from '../fleet/redisServer.js';
import { say } from './tormented.js';

const KILLS = Number(process.argv[2] ?? 100);
const STOP_S_MAX = Number(process.argv[3] ?? 60);
const STOP_S_MIN = Math.min(5, STOP_S_MAX);
const STOPPED_MAX = 3;
/** For so many kills there is one stop. */
const KILLS_PER_STOP = 4;
const ALIVE_MS_MAX = 6000;
const AHEAD = 'data:text/javascript,const now=Date.now;Date.now=()=>now()+18e6';
const CAMPAIGN = 'campaign: torture\nslice: 10s\nprove-every: 1m\nrows:\n  - { race: xen-pin, variant: pte-lock }\n';
const NAMES = ['a', 'b'];

const folder = mkdtempSync(join(tmpdir(), 'racehammer-fleet-'));
writeFileSync(join(folder, 'c.yaml'), CAMPAIGN);
const server = await RedisServer.make();

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** All processes of this run. */
const started: Racehammer[] = [];

function start(more: Readonly<Record<string, string>>, ...args: readonly string[]): Racehammer {
  const program = new Racehammer(['fleet', ...args], { RACEHAMMER_REDIS: server.url, ...more }, '', folder);
  started.push(program);
  return program;
}

function startHub(isFirst: boolean): Racehammer {
  const how = isFirst ? ['--campaign', 'c.yaml', '--duration', '30d'] : ['--resume'];
  return start({}, 'hub', ...how, '--store', 's.db', '--no-page');
}

function startWorker(name: string): Racehammer {
  const env: Record<string, string> = name === 'b' ? { NODE_OPTIONS: `--import="${AHEAD}"` } : {};
  return start(env, 'work', '--name', name, '--spool', name, '--nice', '0', '--keep-delivered');
}

/** The processes of slices that a worker has running. */
function slicesOf({ child }: Racehammer): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === child.pid;
      } catch {
        return false;
      }
    });
}

/** What the store has of each execution. */
function stored(): Map<string, { intervals: number; trials: number; failures: number }> {
  const db = new Database(join(folder, 's.db'));
  try {
    const [{ integrity_check: integrity }] = db.pragma('integrity_check') as { integrity_check: string }[];
    require(integrity === 'ok', `integrity: ${integrity}`);
    const found = db
      .prepare(
        `SELECT uuid, count(*) AS intervals, sum(trials) AS trials, sum(failures) AS failures
         FROM execution JOIN interval ON interval.slice = execution.slice GROUP BY uuid`,
      )
      .all() as { uuid: string; intervals: number; trials: number; failures: number }[];
    return new Map(found.map(({ uuid, ...sums }) => [uuid, sums]));
  } finally {
    db.close();
  }
}

function kept(): Map<string, readonly IntervalLine[]> {
  const all = NAMES.flatMap((name) => keptExecutions(join(folder, name)));
  return new Map(all.map(({ uuid, intervals }) => [uuid, intervals]));
}

/** Compares what the store has with the files of the workers; `isLast`: nothing may be missing. */
function compare(isLast: boolean): { executions: number; intervals: number; trials: number } {
  const files = kept();
  let [intervals, trials] = [0, 0];
  const inStore = stored();
  for (const [uuid, sums] of inStore) {
    const mine = files.get(uuid) ?? [];
    const sum = (pick: (one: IntervalLine) => number): number => mine.reduce((n, one) => n + pick(one), 0);
    require(sums.intervals <=
      mine.length, `${uuid}: ${sums.intervals} intervals in the store, ${mine.length} were written`);
    require(sums.trials <= sum((one) => one.trials), `${uuid}: ${sums.trials} trials in the store are too many`);
    if (isLast) {
      require(sums.intervals ===
        mine.length, `${uuid}: ${sums.intervals} of ${mine.length} intervals are in the store`);
      require(sums.trials === sum((one) => one.trials), `${uuid}: trials differ`);
      require(sums.failures === sum((one) => one.failures), `${uuid}: failures differ`);
    }
    intervals += sums.intervals;
    trials += sums.trials;
  }
  if (isLast) {
    const missing = [...files].filter(([uuid, mine]) => mine.length > 0 && !inStore.has(uuid)).map(([uuid]) => uuid);
    require(missing.length === 0, `executions ${missing.join(', ')} are not in the store`);
  }
  return { executions: inStore.size, intervals, trials };
}

let hub = startHub(true);
await hub.saysOnStderr('campaign');
const workers = new Map(NAMES.map((name) => [name, startWorker(name)]));
process.on('exit', () => {
  for (const { child } of started) child.kill('SIGKILL');
  signal([server.pid], 'SIGKILL');
});
const TARGETS = ['hub', 'worker', 'slice', 'redis'] as const;
type Target = (typeof TARGETS)[number];
const counts = new Map<string, number>();
/** Stops that have not ended, by what is stopped. */
const stops = new Map<string, Promise<void>>();

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

function randomName(): string {
  return NAMES[Math.floor(Math.random() * NAMES.length)];
}

function wordsOf(target: Target, name: string): string {
  return target === 'worker' || target === 'slice' ? `${target} ${name}` : target;
}

function pidsOf(target: Target, name: string): number[] {
  const worker = workers.get(name)!;
  if (target === 'slice') return slicesOf(worker);
  return [target === 'hub' ? hub.child.pid! : target === 'worker' ? worker.child.pid! : server.pid];
}

/** Stops processes; they go on later, unless they were killed meanwhile. */
function halt(target: Target, name: string): void {
  const which = wordsOf(target, name);
  const pids = pidsOf(target, name);
  if (stops.has(which) || stops.size >= STOPPED_MAX || pids.length === 0) return;
  if (target === 'redis' && !haveBegun()) return;
  const seconds = STOP_S_MIN + Math.random() * (STOP_S_MAX - STOP_S_MIN);
  signal(pids, 'SIGSTOP');
  say(`   ${which}: stopped for ${seconds.toFixed(0)} s, as one of ${stops.size + 1}`);
  note(`${target} stopped`);
  const over = async (): Promise<void> => {
    await delay(seconds * 1000);
    signal(pids, 'SIGCONT');
    stops.delete(which);
  };
  stops.set(which, over());
}

function note(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Whether nobody begins at the moment: who begins while Redis is away ends with a line that says so, which is no trouble of a kill. */
function haveBegun(): boolean {
  return hub.stderr.includes('campaign') && [...workers.values()].every(({ stderr }) => stderr.includes('worker '));
}

async function redisRuns(): Promise<void> {
  await stops.get('redis');
}

async function kill(target: Target, name: string): Promise<string> {
  const worker = workers.get(name)!;
  const which = wordsOf(target, name);
  // A slice begins with a process, and there is none while Redis or its worker is away.
  if (target === 'slice') {
    for (let tries = 0; slicesOf(worker).length === 0 && tries < 200; tries++) await delay(50);
    const pids = slicesOf(worker);
    if (pids.length === 0) return `${which}: there is none`;
    signal(pids, 'SIGKILL');
  } else if (target === 'redis') {
    await redisRuns();
    await stops.get('hub');
    await hub.saysOnStderr('campaign');
    for (const one of workers.values()) await one.saysOnStderr('worker ');
    await server.kill();
    await delay(Math.random() * 1000);
    await server.run();
  } else {
    const process = target === 'hub' ? hub : worker;
    process.child.kill('SIGKILL');
    await process.ended();
    await redisRuns();
    if (target === 'worker') workers.set(name, startWorker(name));
    else {
      compare(false);
      hub = startHub(false);
    }
  }
  note(`${target} killed`);
  return `${which}: killed`;
}

for (let n = 1; n <= KILLS; n++) {
  await delay(Math.random() * ALIVE_MS_MAX);
  if (n % KILLS_PER_STOP === 0) halt(TARGETS[Math.floor(Math.random() * TARGETS.length)], randomName());
  const words = await kill(TARGETS[n % TARGETS.length], randomName());
  require(hub.child.exitCode === null, `the hub has ended by itself: ${hub.stderr}`);
  for (const [name, { child, stderr }] of workers)
    require(child.exitCode === null, `worker ${name} has ended: ${stderr}`);
  say(`${n}: ${words}`);
}
await Promise.all(stops.values());
await hub.saysOnStderr('continues at').catch(() => {});
await delay(3000);
const stop = await start({}, 'stop').ended();
require(stop.code === 0, `fleet stop: ${stop.stderr}`);
const { stdout, stderr } = await hub.ended();
require(/^stopped; resume/m.test(stdout), `the hub: ${stdout} ${stderr}`);
// What arrives behind the end of a hub is taken by the next one, which ends when all is there.
const last = startHub(false);
await last.saysOnStderr('continues at');
for (let undelivered = 1; undelivered > 0;) {
  const { stdout: said } = await start({}, 'status', '--json').ended();
  const { workers: all } = JSON.parse(said) as { workers: { undelivered: number }[] };
  undelivered = all.reduce((n, one) => n + one.undelivered, 0) + NAMES.length - all.length;
}
for (const [name, worker] of workers) {
  worker.child.kill('SIGINT');
  const ended = await worker.ended();
  require(/everything has arrived/.test(ended.stderr), `worker ${name}: ${ended.stderr}`);
}
last.child.kill('SIGINT');
await last.ended();
await server.remove();
const { executions, intervals, trials } = compare(true);
const lost = [...kept().values()].filter((mine) => mine.some(({ end }) => end?.end === 'lost')).length;
const [kills, stopped] = ['killed', 'stopped'].map((how) =>
  [...counts].reduce((n, [which, count]) => n + (which.endsWith(how) ? count : 0), 0),
);
require(trials > 0, 'no trial was run: the host has no time for this');
require(lost <= kills, `${lost} slices have lost their last interval in ${kills} kills`);
say([...counts].map(([which, count]) => `${count} ${which}`).join(', '));
say(
  `${kills} kills, ${stopped} stops: ${executions} executions, ${intervals} intervals, ${trials} trials: all that was written is in ` +
    `the store, 0 intervals twice, sums equal; ${lost} slices were killed, and lost their last interval`,
);
rmSync(folder, { recursive: true, force: true });
