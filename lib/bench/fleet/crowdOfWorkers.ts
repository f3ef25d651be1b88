/** Workers that hammer nothing, many in one process: they take slices from the real queue and deliver made-up counts. Used by fleet.ts. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { FleetRedis } from '../../fleet/connection.js';
import type { Engine } from '../../fleet/engine.js';
import { checked, type Presence } from '../../fleet/messages.js';
import { SLICE_QUEUE, fleetKeys } from '../../fleet/names.js';
import { Sender } from '../../fleet/sender.js';
import { Spool } from '../../fleet/spool.js';
import { appendLine } from '../../fleet/spoolFile.js';
import { workerFacts } from '../../fleet/workerHost.js';

/** What each of them delivers, and how often. */
const EVERY_MS = 3000;
const TRIALS = 1000;
const SEND_EVERY_MS = 300;
const PRESENCE_EVERY_MS = 2000;

/** A crowd that works until the signal. */
export class CrowdOfWorkers {
  readonly #worker: Worker;
  readonly #spool: Spool;
  readonly #sending: Promise<unknown>;
  readonly #signal: AbortSignal;
  readonly #facts = workerFacts(null);
  /** Trials that were written into the spool. */
  trials = 0;

  constructor(engine: Engine, redis: FleetRedis, fleet: string, folder: string, size: number, signal: AbortSignal) {
    const keys = fleetKeys(fleet);
    const client = redis.connect(() => {});
    this.#signal = signal;
    this.#spool = new Spool(folder, false);
    const sender = new Sender(engine, client, keys, this.#spool);
    const names = Array.from({ length: size }, (_, i) => `w${i}`);
    const free = [...names];
    const run = async (data: unknown): Promise<void> => {
      const name = free.pop()!;
      await this.#deliver(data, name);
      free.push(name);
    };
    this.#worker = new engine.Worker<unknown>(SLICE_QUEUE, async (job) => await run(job.data), {
      connection: client,
      prefix: keys.prefix,
      concurrency: size,
      lockDuration: 120_000,
      skipVersionCheck: true,
    });
    this.#worker.on('error', () => {});
    const presences = names.map((name): Presence => {
      const idle = { undelivered: 0, executions: 0, refused: null, row: null, doing: 'hammering' as const };
      return { id: randomUUID(), name, pid: process.pid, facts: this.#facts, ...idle };
    });
    const show = async (): Promise<void> => {
      const pipeline = client.pipeline();
      for (const one of presences) {
        pipeline.set(keys.worker(one.id), JSON.stringify(one), 'PX', 15_000).sadd(keys.workers, one.id);
      }
      await pipeline.exec();
    };
    this.#sending = Promise.all([
      this.#repeat(SEND_EVERY_MS, () => sender.step()),
      this.#repeat(PRESENCE_EVERY_MS, show),
    ]);
  }

  /** Waits until all that was counted has arrived, after the signal. */
  async arrived(): Promise<void> {
    await this.#worker.close();
    await this.#sending;
  }

  async #repeat(ms: number, step: () => Promise<unknown>): Promise<void> {
    while (!this.#signal.aborted || !this.#spool.isEmpty) {
      await step();
      await delay(ms);
    }
  }

  /** Writes an interval every three seconds, as long as the slice lasts. */
  async #deliver(data: unknown, name: string): Promise<void> {
    const { campaign, row, seed, lengthMs } = checked('sliceJob', data);
    const host = { name, facts: this.#facts };
    const execution = { uuid: randomUUID(), job: name, row: row.id, source: row.source, seed, host };
    const path = this.#spool.begin(campaign, execution);
    const untilMs = performance.now() + lengthMs;
    // They do not all deliver in the same moment.
    await delay(Math.random() * EVERY_MS);
    for (let number = 0; !this.#signal.aborted && performance.now() < untilMs; number++) {
      const counts = { seconds: 3, trials: TRIALS, failures: 0, nearMisses: 1, outcomes: [], rssMb: 90 };
      appendLine(path, { interval: { ...counts, number, lengthMs: EVERY_MS, end: null, waits: false } });
      this.trials += TRIALS;
      await delay(EVERY_MS);
    }
    this.#spool.end(path);
  }
}
