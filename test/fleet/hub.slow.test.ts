/**
 * Goal: what workers have counted is in the store once, whatever is lost or sent twice, and what is broken harms nobody. Method: a real
 * Redis and a real hub; what a worker would count is made up and goes through its spool.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Redis } from 'ioredis';
import { fleetRedis, requireUsable, type FleetRedis } from '../../lib/fleet/connection.js';
import { loadEngine } from '../../lib/fleet/engine.js';
import { FleetHub, type HubEnd, type HubTask } from '../../lib/fleet/hub.js';
import { fleetKeys, resultQueue } from '../../lib/fleet/names.js';
import { FleetView, controlOf } from '../../lib/fleet/overview.js';
import { redisAddress } from '../../lib/fleet/redisAddress.js';
import { Sender } from '../../lib/fleet/sender.js';
import { Spool } from '../../lib/fleet/spool.js';
import { appendLine, type IntervalLine } from '../../lib/fleet/spoolFile.js';
import { UsageError } from '../../lib/run/usageError.js';
import type { SoakRow } from '../../lib/soak/row.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { Store } from '../../lib/soak/store.js';
import { HOST, PACE, folder, madeUpExecution, twoRows } from '../soak/rows.js';
import { CAMPAIGN, HASH, LINE, WHOLE } from './madeUp.js';
import { RedisServer, hasRedis } from './redisServer.js';

const FLEET = 'test';
const KEYS = fleetKeys(FLEET);

/** A store, its rows, a worker's spool, and the hubs that the test begins. */
class Fleet {
  readonly t: ExecutionContext;
  readonly server: RedisServer;
  readonly redis: FleetRedis;
  readonly client: Redis;
  readonly db: SoakDatabase;
  readonly store: Store;
  readonly rows: readonly SoakRow[];
  readonly spool: Spool;
  readonly sender: Sender;
  readonly events: string[] = [];
  #executions = 0;

  private constructor(
    t: ExecutionContext,
    server: RedisServer,
    redis: FleetRedis,
    db: SoakDatabase,
    store: Store,
    rows: readonly SoakRow[],
    engine: Awaited<ReturnType<typeof loadEngine>>,
  ) {
    this.t = t;
    this.server = server;
    this.redis = redis;
    this.client = redis.connect(() => {});
    t.teardown(() => this.client.disconnect());
    this.db = db;
    this.store = store;
    this.rows = rows;
    const path = mkdtempSync(join(tmpdir(), 'racehammer-spool-'));
    t.teardown(() => rmSync(path, { recursive: true, force: true }));
    this.spool = new Spool(path, false);
    this.sender = new Sender(engine, this.client, KEYS, this.spool, 0);
  }

  static async make(t: ExecutionContext, ...options: readonly string[]): Promise<Fleet> {
    const server = await RedisServer.start(t, ...options);
    const engine = await loadEngine();
    const redis = await fleetRedis(
      engine,
      redisAddress({ redis: server.url, passwordFile: undefined, ca: undefined, env: {} }),
    );
    const db = SoakDatabase.create(join(folder(t), 's.db'));
    const store = new Store(db);
    store.begin({ name: 'test', seed: 1, budgetMs: 60_000, pace: PACE });
    store.fleet.begin(CAMPAIGN);
    return new Fleet(t, server, redis, db, store, await twoRows(), engine);
  }

  /** Begins a hub; it ends with the signal, or by itself. */
  async hub(more: Partial<HubTask> = {}): Promise<{ ended: Promise<HubEnd>; stop: () => Promise<HubEnd> }> {
    const ending = new AbortController();
    const hub = new FleetHub({
      engine: await loadEngine(),
      redis: this.redis,
      fleet: FLEET,
      store: this.store,
      session: 1,
      rows: this.rows,
      tunings: [],
      stopsOnFailure: false,
      signal: ending.signal,
      onEvent: (kind, text) => void this.events.push(`${kind}: ${text}`),
      onView: () => {},
      ...more,
    });
    const ended = hub.run();
    const stop = async (): Promise<HubEnd> => {
      ending.abort();
      return await ended;
    };
    this.t.teardown(() => stop().catch(() => {}));
    return { ended, stop };
  }

  /** Writes what a slice of the first row has counted, a line each. */
  count(...lines: readonly Partial<IntervalLine>[]): void {
    const uuid = `00000000-0000-4000-8000-${String(++this.#executions).padStart(12, '0')}`;
    const [row] = this.rows;
    const path = this.spool.begin(CAMPAIGN, madeUpExecution({ uuid, row: 1, source: row.source.hash }));
    for (const [number, line] of lines.entries()) appendLine(path, { interval: { ...LINE, number, ...line } });
    this.spool.end(path);
  }

  /** Sends until all has arrived. */
  async deliver(): Promise<void> {
    while (!this.spool.isEmpty) await this.sender.step();
  }

  get trials(): number {
    return this.store.totals()[0].trials;
  }

  async view(): Promise<FleetView> {
    return new FleetView(await loadEngine(), this.client, KEYS);
  }
}

/** Asks until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}

function claimed({ store }: Fleet): void {
  store.claim(HOST);
}

test('counts arrive once, though they are sent again and again, and over two hubs', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  fleet.count({}, {}, { end: WHOLE });
  // Before there is a hub, and twice.
  await fleet.sender.step();
  await fleet.sender.step();
  const first = await fleet.hub();
  await fleet.deliver();
  t.is(fleet.trials, 300);
  t.is(await first.stop(), 'interrupted');
  fleet.count({}, { end: WHOLE });
  await fleet.sender.step();
  // All that Redis has is lost: queue, lease, what has arrived.
  await fleet.client.flushall();
  await fleet.hub();
  await fleet.deliver();
  t.is(fleet.trials, 500);
  t.is(fleet.store.totals()[0].slices, 2);
});

test('the hub drops what is old', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  fleet.store.declare(fleet.rows);
  const [row] = fleet.rows;
  const counts = { seconds: 3, trials: 100, failures: 0, nearMisses: 0, outcomes: [], lengthMs: 3000, rssMb: 1 };
  const deliver = (n: number, number: number, nowMs: number, end: typeof WHOLE | null) => {
    const uuid = `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`;
    const execution = madeUpExecution({ uuid, row: 1, source: row.source.hash });
    const intervals = [{ ...counts, execution, number, evidence: [], end }];
    return fleet.store.fleet.deliver(1, nowMs, { evidence: [], intervals }).intervals;
  };
  for (let number = 0; number < 5; number++) deliver(1, number, 60_000 + 3000 * number, number === 4 ? WHOLE : null);
  deliver(2, 0, 10_800_000, null);
  const hub = await fleet.hub();
  t.is(await hub.ended, 'budget used up');
  t.deepEqual(deliver(1, 2, 10_800_000, null), ['known'], 'it is closed');
  t.is(fleet.trials, 600);
  const { db } = fleet;
  for (const table of ['execution', 'slice', 'interval', 'delivery'])
    t.deepEqual(db.get(`SELECT count(*) AS n FROM ${table}`), { n: 1 }, table);
});

test('the hub fills the queue, also after it was lost, and of two hubs one is refused', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  const hub = await fleet.hub();
  const view = await fleet.view();
  const filled = async (): Promise<void> => {
    await until(async () => (await view.overview()).slices.waiting >= 8);
  };
  await filled();
  const other = await fleet.hub();
  await t.throwsAsync(other.ended, { instanceOf: UsageError, message: /^fleet test: process \d+ on .* is its hub/ });
  await fleet.client.flushall();
  await filled();
  t.is((await view.control())?.state, 'running', 'what the fleet does is said again');
  const jobs = await view.slices.getJobs(['wait']);
  t.deepEqual(
    new Set(jobs.map(({ data }) => (data as { row: { race: string } }).row.race)),
    new Set(['xen-pin', 'pgd-lock']),
  );
  await view.say(controlOf((await view.control())!, 'draining', 'test'));
  t.is(await hub.ended, 'drained');
  t.is((await view.overview()).slices.waiting, 0);
});

test('the first failure that nobody expected stops all, if that is asked for', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  const hub = await fleet.hub({ stopsOnFailure: true });
  fleet.count({ failures: 1, outcomes: [{ signature: 'oops-0003', count: 1 }] });
  await fleet.deliver();
  t.is(await hub.ended, 'stopped');
  const control = await (await fleet.view()).control();
  t.is(control?.state, 'stopped');
  t.regex(control?.why ?? '', /^xen-pin, .*: oops-0003 on a$/);
});

test('poisoned jobs and results are refused with a line, and the others go on', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  await fleet.hub();
  const view = await fleet.view();
  const queue = view.queue(resultQueue(CAMPAIGN));
  const poison = [
    null,
    'x',
    { version: 1, kind: 'interval', trials: -1 },
    { version: 1, kind: 'evidence' },
    { a: 'x'.repeat(2 ** 20) },
  ];
  const bomb = {
    version: 1,
    kind: 'evidence',
    campaign: CAMPAIGN,
    spool: CAMPAIGN,
    execution: madeUpExecution({ row: 1, source: HASH }),
    signature: 'oops',
    sha256: HASH,
    report: 'Oops',
    file: null,
  };
  await queue.addBulk([...poison, bomb].map((data, i) => ({ name: 'x', data, opts: { jobId: `p${i}` } })));
  fleet.count({}, { end: WHOLE });
  await fleet.deliver();
  await until(async () => (await queue.getFailedCount()) > poison.length);
  t.is(fleet.trials, 200);
  const refused = fleet.events.filter((line) => line.includes('is refused'));
  t.is(refused.length, poison.length + 1);
  t.true(refused.every((line) => line.length < 500 && !line.includes('\n')));
  t.true(refused.some((line) => line.includes('sha256: is not that of the report')));
});

test('results for another row, or of other code, are left out with a line', async (t) => {
  if (!hasRedis(t)) return;
  const fleet = await Fleet.make(t);
  claimed(fleet);
  await fleet.hub();
  const path = fleet.spool.begin(CAMPAIGN, madeUpExecution({ row: 1, source: HASH }));
  appendLine(path, { interval: { ...LINE, end: WHOLE } });
  fleet.spool.end(path);
  await fleet.deliver();
  t.is(fleet.trials, 0);
  t.true(fleet.events.some((line) => line.includes('the store has no row 1 with that code')));
});

const REDIS_FAULTS: readonly (readonly [what: string, options: readonly string[], message: RegExp])[] = [
  [
    'it evicts keys',
    ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
    /: evicts keys when its memory is full \(maxmemory-policy allkeys-lru\): set it to noeviction$/,
  ],
  ['it wants a password', ['--requirepass', 'secret'], /: wants a password: put it into RACEHAMMER_REDIS_PASSWORD/],
];

for (const [what, options, message] of REDIS_FAULTS) {
  test(`a Redis that cannot be used: ${what}`, async (t) => {
    if (!hasRedis(t)) return;
    await t.throwsAsync(Fleet.make(t, ...options), { instanceOf: UsageError, message });
  });
}

test('a Redis that is too old is refused, and one that tells nothing is taken', (t) => {
  const info = (version: string) => `# Server\r\nredis_version:${version}\r\nmaxmemory_policy:noeviction\r\n`;
  for (const old of ['5.0.14', '6.0.16', '2.8']) {
    const message = `redis h: is version ${old}, must be 6.2 or newer`;
    t.throws(() => requireUsable(info(old), 'h'), { instanceOf: UsageError, message });
  }
  for (const good of ['6.2.0', '7.0.15', '10.1']) t.notThrows(() => requireUsable(info(good), 'h'));
  t.notThrows(() => requireUsable(null, 'h'));
});

test('a wrong password is not shown, and the right one is taken', async (t) => {
  if (!hasRedis(t)) return;
  const server = await RedisServer.start(t, '--requirepass', 'secret');
  const engine = await loadEngine();
  const address = (password: string) =>
    redisAddress({
      redis: server.url,
      passwordFile: undefined,
      ca: undefined,
      env: { RACEHAMMER_REDIS_PASSWORD: password },
    });
  const error = await t.throwsAsync(fleetRedis(engine, address('hunter2')), {
    instanceOf: UsageError,
    message: /: refuses the user or the password$/,
  });
  t.false(error.message.includes('hunter2'));
  await t.notThrowsAsync(fleetRedis(engine, address('secret')));
  await server.kill();
  await t.throwsAsync(fleetRedis(engine, address('secret')), { message: /: nobody answers there: start one/ });
});

test('what takes connections and does not answer is no Redis that can be used', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const { port } = server.address() as AddressInfo;
  const redis = redisAddress({ redis: `redis://127.0.0.1:${port}`, passwordFile: undefined, ca: undefined, env: {} });
  await t.throwsAsync(fleetRedis(await loadEngine(), redis, 200), {
    instanceOf: UsageError,
    message: /^redis .*: does not answer: it is stopped or overloaded, or no Redis$/,
  });
  for (const socket of sockets) socket.destroy();
});

test('a fleet is named by a word', (t) => {
  t.is(fleetKeys('a.b-c_1').prefix, 'racehammer:a.b-c_1');
  for (const name of ['', 'a b', 'a:b', '../a', 'x'.repeat(65)]) {
    t.throws(() => fleetKeys(name), { instanceOf: UsageError, message: /^--fleet ".*": must be a word/ });
  }
});
