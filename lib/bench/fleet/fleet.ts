/** Part `fleet` of the bench. Loaded by bench.ts when it is called, since it loads the queue. */

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fleetRedis, type FleetRedis } from '../../fleet/connection.js';
import { loadEngine, type Engine } from '../../fleet/engine.js';
import { fleetKeys } from '../../fleet/names.js';
import { FleetView, controlOf } from '../../fleet/overview.js';
import { redisAddress } from '../../fleet/redisAddress.js';
import type { PlannedSlice } from '../../fleet/planner.js';
import type { Counts } from '../../statistics/counts.js';
import { runRacehammer } from '../command.js';
import { makeFolder, removeFolder } from '../folders.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from '../figure.js';
import { FleetCommand } from './commands.js';
import { CrowdOfWorkers } from './crowdOfWorkers.js';
import { hostsAndRows } from './manyHosts.js';
import { hasRedisServer, startRedis } from './redis.js';

const CAMPAIGN = 'campaign: bench\nslice: 1m\nrows:\n  - { race: xen-pin, variant: pte-lock }\n';
/** Time of each soak and of each fleet: two slices of a minute. */
const SECONDS = 120;
const WORKERS = 200;
const JOBS = 1000;
/** How long the hub is measured, after a time in which the workers begin. */
const KEEPING_UP = { afterMs: 8000, ms: 20_000 };
const HOSTS = 200;
const ROWS = 200;

interface Bench {
  readonly engine: Engine;
  readonly redis: FleetRedis;
  readonly url: string;
  readonly folder: string;
  readonly samples: FigureSamples;
  readonly options: BenchOptions;
}

/** Measures a fleet with a real Redis; no figures where none is installed. */
export async function measureFleet(options: BenchOptions, { seconds = SECONDS } = {}): Promise<Figure[]> {
  if (!hasRedisServer()) {
    options.onPart('fleet: left out, since redis-server is not installed');
    return [];
  }
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    const folder = makeFolder();
    const server = await startRedis(folder);
    try {
      writeFileSync(join(folder, 'c.yaml'), CAMPAIGN);
      const engine = await loadEngine();
      const { url } = server;
      const said = { redis: url, passwordFile: undefined, ca: undefined, env: {} };
      const redis = await fleetRedis(engine, redisAddress(said));
      const bench: Bench = { engine, redis, url, folder, samples, options };
      const say = (what: string): void => options.onPart(`${what}, round ${round + 1} of ${options.rounds}`);
      say('1000 jobs');
      await measureQueue(bench);
      say('200 workers');
      await measureKeepingUp(bench);
      say('a page of 200 hosts and 200 rows');
      await measurePage(bench);
      say('stop');
      await measureStop(bench);
      say('a fleet of one worker, and soak');
      await measureOverhead(bench, seconds);
    } finally {
      server.end();
      removeFolder(folder);
    }
  }
  const { of } = { of: (name: string) => samples.of(name) };
  return [
    figure('fleet.queue_1000_jobs', 's', of('queue'), '<= 1'),
    figure('fleet.hub_share_of_a_core.200_workers', 'ratio', of('hub'), '<= 0.5'),
    figure('fleet.arrived.200_workers', 'ratio', of('arrived'), '= 1'),
    figure('fleet.page.200_hosts_200_rows', 's', of('page'), '<= 2'),
    figure('fleet.stop', 's', of('stop'), '<= 5'),
    figure('fleet.over_soak.trials', 'ratio', of('over soak'), '>= 0.95'),
    figure('fleet.over_soak.hammered_seconds', 'ratio', of('hammered over soak'), '>= 0.95'),
  ];
}

async function measureQueue({ engine, redis, samples }: Bench): Promise<void> {
  const client = redis.connect(() => {});
  const view = new FleetView(engine, client, fleetKeys('queue'));
  const campaign = randomUUID();
  const row = { id: 1, race: 'xen-pin', isFile: false, name: 'row', variant: 'pte-lock', knobs: {}, cpus: 2 };
  const named = { ...row, sync: 'rendezvous', memory: 'sc', source: 'a'.repeat(64) } as const;
  const slices = Array.from({ length: JOBS }, (_, i): PlannedSlice => {
    const job = {
      version: 1,
      campaign,
      row: named,
      hammer: named,
      proveEveryMs: 1,
      seed: i,
      lengthMs: 60_000,
    } as const;
    return { id: `${campaign}/1/1.${i}`, index: 0, job };
  });
  await view.slices.waitUntilReady();
  const begunMs = performance.now();
  await view.add(slices);
  samples.add('queue', (performance.now() - begunMs) / 1000);
  client.disconnect();
}

/** Measures the CPU time of a hub whose workers each deliver an interval every three seconds. */
async function measureKeepingUp({ engine, redis, url, folder, samples }: Bench): Promise<void> {
  const args = [
    'hub',
    '--campaign',
    'c.yaml',
    '--store',
    'crowd.db',
    '--fleet',
    'crowd',
    '--page',
    '0',
    '--duration',
    '1h',
  ];
  const hub = new FleetCommand(url, folder, args);
  const [, page] = await hub.says(/page: (\S+);/);
  const ending = new AbortController();
  const crowd = new CrowdOfWorkers(engine, redis, 'crowd', join(folder, 'crowd'), WORKERS, ending.signal);
  await delay(KEEPING_UP.afterMs);
  const [begunMs, before] = [performance.now(), hub.cpuSeconds()];
  await delay(KEEPING_UP.ms);
  samples.add('hub', (hub.cpuSeconds() - before) / ((performance.now() - begunMs) / 1000));
  ending.abort();
  await crowd.arrived();
  const metrics = await (await fetch(`${page}metrics`)).text();
  const counted = Array.from(metrics.matchAll(/^racehammer_fleet_trials_total\{.*\} (\d+)$/gm), ([, n]) => Number(n));
  samples.add('arrived', counted.reduce((sum, n) => sum + n, 0) / crowd.trials);
  await hub.end();
}

async function measurePage({ url, folder, samples }: Bench): Promise<void> {
  await hostsAndRows(join(folder, 'many.db'), HOSTS, ROWS);
  const hub = new FleetCommand(url, folder, [
    'hub',
    '--resume',
    '--store',
    'many.db',
    '--fleet',
    'many',
    '--page',
    '0',
  ]);
  const [, page] = await hub.says(/page: (\S+);/);
  for (;;) {
    const begunMs = performance.now();
    const text = await (await fetch(page)).text();
    // Before its first round the hub has no more than a line.
    if (text.includes('<h3>Hosts</h3>')) {
      samples.add('page', (performance.now() - begunMs) / 1000);
      break;
    }
    await delay(100);
  }
  await hub.end();
}

/** Measures the time from the word that stops a fleet, as a failure says it, until none of two workers hammers. */
async function measureStop({ engine, redis, url, folder, samples }: Bench): Promise<void> {
  const hub = new FleetCommand(url, folder, [
    'hub',
    '--campaign',
    'c.yaml',
    '--store',
    'stop.db',
    '--fleet',
    'stop',
    '--no-page',
  ]);
  const workers = ['a', 'b'].map(
    (name) =>
      new FleetCommand(url, folder, [
        'work',
        '--fleet',
        'stop',
        '--name',
        name,
        '--spool',
        `stop-${name}`,
        '--nice',
        '0',
      ]),
  );
  const client = redis.connect(() => {});
  const view = new FleetView(engine, client, fleetKeys('stop'));
  const hammering = async (): Promise<number> =>
    (await view.workers()).filter(({ doing }) => doing === 'hammering').length;
  while ((await hammering()) < workers.length) await delay(50);
  const begunMs = performance.now();
  await view.say(controlOf((await view.control())!, 'stopped', 'bench'));
  while ((await hammering()) > 0) await delay(20);
  samples.add('stop', (performance.now() - begunMs) / 1000);
  await hub.ended();
  await Promise.all(workers.map((worker) => worker.end()));
  client.disconnect();
}

/**
 * Compares the trials of a fleet of one worker with those of two soaks, one before it and one after it; and the time that each hammered,
 * which says as much on a host whose speed varies.
 */
async function measureOverhead({ url, folder, samples }: Bench, seconds: number): Promise<void> {
  const time = `${seconds}s`;
  const soak = async (store: string): Promise<Held> => {
    const { output } = await runRacehammer([
      'soak',
      '--campaign',
      join(folder, 'c.yaml'),
      '--store',
      join(folder, store),
      '--duration',
      time,
      '--json',
    ]);
    return heldOf(output);
  };
  const before = await soak('before.db');
  const worker = new FleetCommand(url, folder, ['work', '--fleet', 'one', '--spool', 'one', '--nice', '0']);
  await worker.says(/^worker /m);
  const hub = new FleetCommand(url, folder, [
    'hub',
    '--campaign',
    'c.yaml',
    '--store',
    'one.db',
    '--fleet',
    'one',
    '--no-page',
    '--duration',
    time,
    '--json',
  ]);
  const fleet = heldOf(await hub.ended());
  await worker.end();
  const after = await soak('after.db');
  samples.add('over soak', (2 * fleet.trials) / (before.trials + after.trials));
  samples.add('hammered over soak', (2 * fleet.seconds) / (before.seconds + after.seconds));
}

type Held = Pick<Counts, 'trials' | 'seconds'>;

/** Returns what the row that should hold has counted. */
function heldOf(document: string): Held {
  const { rows } = JSON.parse(document) as { rows: readonly (Held & { readonly variant: string })[] };
  return rows.find(({ variant }) => variant === 'pte-lock')!;
}
