/**
 * Goal: a worker proves its hammer before a row that should hold, runs what it knows, and leaves everything else alone. Method: a real
 * worker and a real Redis; the process of a slice is a module that counts seven trials and says whether it has seen a secret.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { fleetRedis } from '../../lib/fleet/connection.js';
import { loadEngine } from '../../lib/fleet/engine.js';
import { KnownRaces } from '../../lib/fleet/knownRaces.js';
import type { IntervalMessage, NamedRow } from '../../lib/fleet/messages.js';
import { fleetKeys, resultQueue } from '../../lib/fleet/names.js';
import { statusLines } from '../../lib/cli/fleet/status.js';
import { FleetView, controlOf, jobCounts, withAbandoned } from '../../lib/fleet/overview.js';
import { PLAIN } from '../../lib/report/format/screen.js';
import { redisAddress } from '../../lib/fleet/redisAddress.js';
import { SliceProcess, type ProcessEnd } from '../../lib/fleet/sliceProcess.js';
import { Spool } from '../../lib/fleet/spool.js';
import { FleetWorker } from '../../lib/fleet/worker.js';
import { isWithin, parseCores, parseHours } from '../../lib/fleet/workerHost.js';
import { UsageError } from '../../lib/run/usageError.js';
import { madeUpExecution, twoRows } from '../soak/rows.js';
import { CAMPAIGN, ENTRY, HASH, JOB, PRINT, ROW } from './madeUp.js';
import { RedisServer, hasRedis } from './redisServer.js';

const SLICE = `
  import { appendFileSync } from 'node:fs';
  const end = { end: 'whole', harnessError: null, hostStalls: 0, hostStallMs: 0, workersReplaced: 0, processorTime: null };
  const interval = { number: 0, lengthMs: 1, seconds: 1, trials: 7, failures: 0, nearMisses: 0, outcomes: [], rssMb: 1, end, waits: false };
  process.once('disconnect', () => process.exit(0));
  process.on('message', ({ path, seed, tuning, classes }) => {
    interval.nearMisses = tuning === null ? 0 : tuning.entry.settings.round;
    interval.failures = classes ? 1 : 0;
    if (seed === 6) process.send({ isSearching: true });
    if (seed === 1) process.exit(3);
    if (seed === 2) return process.stderr.write('it broke', () => process.exit(3));
    if (seed === 3) process.kill(process.pid, 'SIGKILL');
    if (seed === 4) return;
    appendFileSync(path, JSON.stringify({ interval }) + '\\n');
    process.send({ hasFailed: process.env.RACEHAMMER_REDIS_PASSWORD === undefined, isSound: seed !== 5 });
  });`;

/** One that counts once and is killed, and one that runs until its worker ends. */
const KILLED = SLICE.replace(
  'process.send({ hasFailed',
  "process.kill(process.pid, 'SIGKILL'); process.send({ hasFailed",
).replace('rssMb: 1, end,', 'rssMb: 1, end: null,');
const HANGS = SLICE.replace('if (seed === 4) return;', 'return;');

function scratch(t: ExecutionContext, slice = SLICE): { readonly folder: string; readonly main: URL } {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-worker-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, 'slice.mjs');
  writeFileSync(main, slice);
  return { folder, main: pathToFileURL(main) };
}

/** A worker that runs until the test ends, what it has said, and a view of its fleet. */
async function working(t: ExecutionContext, slice = SLICE): Promise<{ view: FleetView; lines: string[] }> {
  const server = await RedisServer.start(t);
  const engine = await loadEngine();
  const address = redisAddress({ redis: server.url, passwordFile: undefined, ca: undefined, env: {} });
  const redis = await fleetRedis(engine, address);
  const { folder, main } = scratch(t, slice);
  const client = redis.connect(() => {});
  const view = new FleetView(engine, client, fleetKeys('test'));
  const lines: string[] = [];
  const ending = new AbortController();
  const worker = new FleetWorker({
    engine,
    redis,
    fleet: 'test',
    name: 'a',
    facts: madeUpExecution({ row: 1, source: HASH }).host.facts,
    print: PRINT,
    spool: new Spool(join(folder, 'spool'), false),
    races: new KnownRaces([]),
    limits: { cores: null, nice: 0 },
    hours: null,
    main,
    tell: (line) => void lines.push(line),
    signal: ending.signal,
  });
  const worked = worker.work();
  t.teardown(async () => {
    ending.abort();
    await worked;
    client.disconnect();
  });
  await view.say({ campaign: CAMPAIGN, name: 'test', state: 'running', why: 'test' });
  return { view, lines };
}

/** Rows of this build, as a hub names them: one that should hold, and its hammer. */
async function knownRows(): Promise<{ row: NamedRow; hammer: NamedRow }> {
  const [holds, fails] = await twoRows();
  return {
    row: { ...ROW, source: holds.source.hash },
    hammer: { ...ROW, id: 2, race: 'pgd-lock', variant: 'buggy', name: 'buggy', source: fails.source.hash },
  };
}

const TASK = { campaign: CAMPAIGN, row: ROW, typed: 'x', lengthMs: 1000, tuning: null, classes: false };

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}

test('the hammer is proved first, and once; what is paused is not begun', async (t) => {
  if (!hasRedis(t)) return;
  const { view } = await working(t);
  const job = { ...JOB, ...(await knownRows()) };
  const results = view.queue(resultQueue(CAMPAIGN));
  await view.add([1, 2].map((n) => ({ id: `j${n}`, index: 0, job })));
  await until(async () => (await results.getWaitingCount()) === 3);
  const messages = (await results.getWaiting()).map(({ data }) => data as IntervalMessage);
  t.deepEqual(
    messages.map(({ execution }) => execution.row).toSorted((a, b) => a - b),
    [1, 1, 2],
  );
  t.is(new Set(messages.map(({ execution }) => execution.seed)).size, 3, 'each execution is another sample');
  t.is(messages.find(({ execution }) => execution.row === 2)?.execution.job, 'j1');
  await view.say(controlOf((await view.control())!, 'paused', 'test'));
  await view.add([{ id: 'j3', index: 0, job }]);
  await until(async () => (await view.workers())[0]?.doing === 'paused');
  t.is((await view.overview()).slices.waiting, 1);
  await view.say(controlOf((await view.control())!, 'running', 'test'));
  await until(async () => (await results.getWaitingCount()) === 4);
});

test('a slice whose process is killed is said to be lost, and counts as ended', async (t) => {
  if (!hasRedis(t)) return;
  const { view } = await working(t, KILLED);
  const { row } = await knownRows();
  await view.add([{ id: 'j1', index: 0, job: { ...JOB, row } }]);
  const results = view.queue(resultQueue(CAMPAIGN));
  await until(async () => (await results.getWaitingCount()) === 2);
  const messages = (await results.getWaiting()).map(({ data }) => data as IntervalMessage);
  const all = messages.toSorted((a, b) => a.number - b.number);
  t.deepEqual(
    all.map(({ number, trials, end, execution }) => [number, trials, end?.end, execution.job]),
    [
      [0, 7, undefined, 'j1'],
      [1, 0, 'lost', 'j1'],
    ],
  );
  await until(async () => (await view.slices.getActiveCount()) === 0);
});

test('a slice that runs nowhere is told apart from those that run', async (t) => {
  if (!hasRedis(t)) return;
  const { view } = await working(t, HANGS);
  const { row } = await knownRows();
  await view.add([{ id: 'j1', index: 0, job: { ...JOB, row } }]);
  await until(async () => (await view.overview()).workers[0]?.doing === 'hammering');
  t.like((await view.overview()).slices, { active: 1, abandoned: 0 });
  // A worker that was killed says nothing any more, and keeps its lease.
  t.is(await view.abandoned([]), 1);
  const { workers, ...overview } = await view.overview();
  const slices = withAbandoned(await jobCounts(view.slices), await view.abandoned([]));
  t.like(slices, { active: 0, abandoned: 1 });
  const lines = statusLines({ ...overview, workers: [], slices }, 'test', PLAIN);
  t.true(lines.includes('0 workers; slices: 0 wait, 0 run, 1 without a worker until the lease is over, 0 refused'));
  t.is(workers.length, 1);
});

test('a host uses the tuning file that is of a host like it, and says so', async (t) => {
  if (!hasRedis(t)) return;
  const { view, lines } = await working(t);
  const { row, hammer } = await knownRows();
  const other = { path: 'other.json', host: { ...PRINT, cores: 64 } };
  const mine = { path: 'mine.json', host: PRINT };
  const settings = (file: number, round: number) => ({
    file,
    entry: { ...ENTRY, settings: { ...ENTRY.settings, round } },
  });
  const tuned = {
    ...JOB,
    version: 2,
    row: { ...row, tuned: [settings(0, 5), settings(1, 17)] },
    hammer: { ...hammer, tuned: [settings(0, 6)] },
  };
  await view.add([
    { id: 'mine', index: 0, job: { ...tuned, tunings: [other, mine] } },
    { id: 'none', index: 0, job: { ...tuned, tunings: [other], classes: true } },
  ]);
  const results = view.queue(resultQueue(CAMPAIGN));
  await until(async () => (await results.getWaitingCount()) === 3);
  const messages = (await results.getWaiting()).map(({ data }) => data as IntervalMessage);
  const of = (id: number, job: string) =>
    messages.find(({ execution }) => execution.row === id && execution.job === job);
  t.is(of(1, 'mine')?.nearMisses, 17, 'the second file is its own');
  t.is(of(2, 'mine')?.nearMisses, 0, 'its file has nothing for the row that is hammered first');
  t.is(of(1, 'none')?.nearMisses, 0);
  t.deepEqual(
    [of(1, 'mine')?.failures, of(1, 'none')?.failures],
    [0, 1],
    'classes are counted where that is asked for',
  );
  const said = lines.filter((line) => line.startsWith('tuned: '));
  t.deepEqual(said, [
    'tuned: this host hammers with settings of mine.json',
    'tuned: this host hammers with the default settings, since no tuning file is of a host like this (other.json: cores 64, here 2)',
  ]);
  await until(async () => (await view.workers())[0]?.tuned === said[1].slice('tuned: this host hammers with '.length));
});

test('what a worker does not know goes back, and what nobody can read fails; the others go on', async (t) => {
  if (!hasRedis(t)) return;
  const { view, lines } = await working(t);
  const { row } = await knownRows();
  const refused: readonly (readonly [row: NamedRow, why: RegExp])[] = [
    [{ ...row, race: 'nobody-knows-it' }, /race nobody-knows-it is not built in/],
    [{ ...row, race: 'mine', isFile: true }, /race mine is a file that --races does not name/],
    [{ ...row, source: HASH }, /race xen-pin: the hub has code aaaaaaaa, here is code [0-9a-f]{8}/],
  ];
  // None of them keeps the worker from those behind it.
  await view.add(refused.map(([each], i) => ({ id: `r${i}`, index: 0, job: { ...JOB, row: each } })));
  await view.slices.add('slice', { ...JOB, version: 3 }, { jobId: 'newer' });
  await view.slices.add('slice', { ...JOB, row: { ...row, race: '../../x' } }, { jobId: 'poison' });
  await view.add([{ id: 'good', index: 0, job: { ...JOB, row } }]);
  await until(async () => (await view.queue(resultQueue(CAMPAIGN)).getWaitingCount()) === 1);
  await until(async () => (await view.slices.getFailedCount()) === 1);
  for (const [, why] of refused)
    t.true(
      lines.some((line) => why.test(line)),
      String(why),
    );
  t.true(lines.some((line) => line.startsWith('job "poison": is refused: row.race: ')));
  t.true(lines.some((line) => line.includes('a message of version 3: a newer racehammer sent it')));
  t.is((await view.slices.getJob('r0~1'))?.data.row.race, 'nobody-knows-it', 'it waits for another worker');
  t.true(lines.every((line) => line.length < 400 && !line.includes('\n')));
});

test('how the process of a slice ends is told apart, and it gets no password', async (t) => {
  const { folder, main } = scratch(t);
  process.env['RACEHAMMER_REDIS_PASSWORD'] = 'secret';
  t.teardown(() => delete process.env['RACEHAMMER_REDIS_PASSWORD']);
  const begin = (): SliceProcess => new SliceProcess(main, { cores: null, nice: 0 });
  const run = async (on: SliceProcess, seed: number): Promise<ProcessEnd> =>
    await on.run({ ...TASK, path: join(folder, 'f'), seed });
  const kept = begin();
  t.deepEqual(await run(kept, 0), { result: { hasFailed: true, isSound: true } });
  t.true(kept.canRun(ROW), 'it goes on with the next slice');
  t.false(kept.canRun({ ...ROW, source: 'b'.repeat(64) }), 'but it has loaded this code of the race');
  t.deepEqual(await run(kept, 6), { result: { hasFailed: true, isSound: true } }, 'a search is no end');
  t.deepEqual(await run(kept, 5), { result: { hasFailed: true, isSound: false } });
  t.false(kept.canRun(ROW));
  kept.end();
  t.deepEqual(await run(begin(), 1), { harnessError: 'the process of the slice ended by exit code 3: ' });
  t.deepEqual(await run(begin(), 2), { harnessError: 'the process of the slice ended by exit code 3: it broke' });
  t.deepEqual(await run(begin(), 3), { lost: 'the process of a slice was killed' });
  const asked = begin();
  const ended = run(asked, 4);
  asked.end();
  t.deepEqual(await ended, { result: { hasFailed: false, isSound: false } });
});

test('hours of the day and cores are checked', (t) => {
  t.deepEqual(
    [21, 22, 23, 0, 5, 6].map((hour) => isWithin(parseHours('22-6'), hour)),
    [false, true, true, true, true, false],
  );
  t.deepEqual(
    [8, 9, 17].map((hour) => isWithin(parseHours('9-17'), hour)),
    [false, true, false],
  );
  for (const wrong of ['', '9', '9-9', '0-24', '25-3', 'a-b']) {
    t.throws(() => parseHours(wrong), {
      instanceOf: UsageError,
      message: /^--hours ".*": must be two different hours/,
    });
  }
  for (const wrong of ['', 'x', '3-1', '1;rm', '-1']) {
    t.throws(() => parseCores(wrong), { instanceOf: UsageError, message: /^--cores ".*": must be numbers of cores/ });
  }
});
