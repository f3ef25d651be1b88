/** Brings what lies in the spool to the hub, again and again until the hub says that it has arrived. Used by worker.ts. */

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Engine } from './engine.js';
import { resultQueue, type FleetKeys } from './names.js';
import type { Spool } from './spool.js';

/** Most messages of one step. */
const BATCH_MAX = 200;
const AGAIN_MS = 60_000;
/** Confirmations that are fetched at once. */
const ARRIVED_MAX = 1000;

/** Sends and hears what has arrived. A message that is sent twice is counted once, by the store of the hub. */
export class Sender {
  readonly #engine: Engine;
  readonly #redis: Redis;
  readonly #keys: FleetKeys;
  readonly #spool: Spool;
  readonly #againMs: number;
  readonly #queues = new Map<string, Queue>();

  /** `againMs`: how long the hub has to confirm a message before it is sent again. */
  constructor(engine: Engine, redis: Redis, keys: FleetKeys, spool: Spool, againMs = AGAIN_MS) {
    this.#engine = engine;
    this.#redis = redis;
    this.#keys = keys;
    this.#spool = spool;
    this.#againMs = againMs;
  }

  /** Sends what is due, and removes what has arrived. Waits for Redis as long as it is away. */
  async step(): Promise<void> {
    const nowMs = performance.now();
    const due = this.#spool.take(BATCH_MAX, nowMs - this.#againMs, nowMs);
    const byCampaign = new Map<string, typeof due>();
    for (const one of due) {
      const { campaign } = one.message;
      byCampaign.set(campaign, [...(byCampaign.get(campaign) ?? []), one]);
    }
    for (const [campaign, messages] of byCampaign) {
      const jobs = messages.map(({ id, message }) => {
        const opts = { jobId: id, removeOnComplete: true, removeOnFail: { count: 1000 } };
        return { name: message.kind, data: message, opts };
      });
      await this.#queue(campaign).addBulk(jobs);
    }
    const ids = await this.#redis.lpop(this.#keys.arrived(this.#spool.id), ARRIVED_MAX);
    this.#spool.arrived(ids ?? []);
  }

  #queue(campaign: string): Queue {
    let queue = this.#queues.get(campaign);
    if (queue === undefined) {
      queue = new this.#engine.Queue(resultQueue(campaign), {
        connection: this.#redis,
        prefix: this.#keys.prefix,
        skipVersionCheck: true,
      });
      // An outage is reported by the connection.
      queue.on('error', () => {});
      this.#queues.set(campaign, queue);
    }
    return queue;
  }
}
