/** What a fleet does at the moment, as Redis tells it; and the one word that all of it obeys. For the hub and `fleet status`. */

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Engine } from './engine.js';
import { parsed, type FleetControl, type FleetState, type HubLease, type Presence } from './messages.js';
import { SLICE_QUEUE, resultQueue, type FleetKeys } from './names.js';
import type { PlannedSlice } from './planner.js';

/** Jobs by what they wait for. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** Slices: `active` without those that are `abandoned`, whose worker has said nothing lately. Another one gets them when the lease is over. */
export interface SliceCounts extends QueueCounts {
  readonly abandoned: number;
}

export interface FleetOverview {
  readonly hub: HubLease | null;
  readonly control: FleetControl | null;
  readonly workers: readonly Presence[];
  readonly slices: SliceCounts;
  /** Results that the hub has not taken yet; null without a campaign. */
  readonly results: QueueCounts | null;
}

/** The queues and keys of one fleet. */
export class FleetView {
  readonly keys: FleetKeys;
  readonly slices: Queue;
  readonly #engine: Engine;
  readonly #redis: Redis;

  constructor(engine: Engine, redis: Redis, keys: FleetKeys) {
    this.#engine = engine;
    this.#redis = redis;
    this.keys = keys;
    this.slices = this.queue(SLICE_QUEUE);
  }

  queue(name: string): Queue {
    const options = { connection: this.#redis, prefix: this.keys.prefix, skipVersionCheck: true };
    const queue = new this.#engine.Queue(name, options);
    queue.on('error', () => {});
    return queue;
  }

  /** Queues slices. One that is queued already stays as it is. */
  async add(slices: readonly PlannedSlice[]): Promise<void> {
    await this.slices.addBulk(slices.map(({ id, job }) => ({ name: 'slice', data: job, opts: optionsOf(id) })));
  }

  /** Queues a slice once more, behind all others. */
  async addAgain(id: string, job: unknown): Promise<void> {
    const [, first, again = '0'] = AGAIN.exec(id) ?? [id, id];
    await this.slices.add('slice', job, optionsOf(`${first}~${Number(again) + 1}`));
  }

  async control(): Promise<FleetControl | null> {
    return parsed('control', await this.#redis.get(this.keys.control));
  }

  /** Tells the whole fleet what to do. A queue gives no jobs away unless the fleet runs, or ends with those that are running. */
  async say(control: FleetControl): Promise<void> {
    await this.#redis.set(this.keys.control, JSON.stringify(control));
    if (control.state === 'running') await this.slices.resume();
    else await this.slices.pause();
    if (control.state === 'draining') await this.slices.drain();
  }

  async hub(): Promise<HubLease | null> {
    return parsed('lease', await this.#redis.get(this.keys.hub));
  }

  /** Returns the workers that have said something lately, by name. */
  async workers(): Promise<Presence[]> {
    const ids = await this.#redis.smembers(this.keys.workers);
    if (ids.length === 0) return [];
    const said = await this.#redis.mget(ids.map((id) => this.keys.worker(id)));
    const gone = ids.filter((_, i) => said[i] === null);
    if (gone.length > 0) await this.#redis.srem(this.keys.workers, ...gone);
    const found = said.map((json) => parsed('presence', json)).filter((one) => one !== null);
    return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.pid - b.pid));
  }

  /** Returns the ids that the slices had at first which wait or run. */
  async queued(): Promise<Set<string>> {
    const ids = await this.slices.getRanges(['wait', 'delayed', 'active'], 0, -1);
    return new Set(ids.map((id) => firstId(id)));
  }

  /** Counts the running slices whose worker is none of these. */
  async abandoned(workers: readonly Presence[]): Promise<number> {
    const known = new Set(workers.map(({ id }) => id));
    const jobs = await this.slices.getActive();
    return jobs.filter(({ processedBy }) => processedBy !== undefined && !known.has(processedBy)).length;
  }

  async overview(): Promise<FleetOverview> {
    const [hub, control, workers, counts] = await Promise.all([
      this.hub(),
      this.control(),
      this.workers(),
      jobCounts(this.slices),
    ]);
    const slices = withAbandoned(counts, await this.abandoned(workers));
    const results = control === null ? null : await jobCounts(this.queue(resultQueue(control.campaign)));
    return { hub, control, workers, slices, results };
  }
}

/** The id of a job, and how often it was queued again. */
const AGAIN = /^(.*?)(?:~(\d+))?$/s;

/** Returns the id that a job had at first. */
export function firstId(id: string): string {
  return AGAIN.exec(id)?.[1] ?? id;
}

function optionsOf(jobId: string) {
  return { jobId, removeOnComplete: { count: 1000 }, removeOnFail: { count: 1000 } };
}

/** Counts the jobs of a queue. */
export async function jobCounts(queue: Queue): Promise<QueueCounts> {
  const {
    wait = 0,
    delayed = 0,
    active = 0,
    failed = 0,
  } = await queue.getJobCounts('wait', 'delayed', 'active', 'failed');
  return { waiting: wait + delayed, active, failed };
}

/** Tells those apart that run in fact. `abandoned` may have been counted earlier, when more were active. */
export function withAbandoned(counts: QueueCounts, abandoned: number): SliceCounts {
  const gone = Math.min(abandoned, counts.active);
  return { ...counts, active: counts.active - gone, abandoned: gone };
}

/** Makes what a command that changes the state of a fleet says. */
export function controlOf({ campaign, name }: FleetControl, state: FleetState, why: string): FleetControl {
  return { campaign, name, state, why };
}
