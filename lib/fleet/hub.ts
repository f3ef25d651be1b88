/**
 * The hub of a fleet: owns the store, keeps the queue filled from it, and takes what the workers have counted. Called by `fleet hub`. The
 * queue may be lost at any time: it is made again from the store.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { guarded } from '../harness/host/guarded.js';
import type { StoredCampaign } from '../report/soak/document.js';
import { SoakClock } from '../soak/clock.js';
import type { DeliveredInterval } from '../soak/fleetRecords.js';
import type { SoakRow } from '../soak/row.js';
import type { Store } from '../soak/store.js';
import { writeTrouble } from '../soak/trouble.js';
import { countOf } from '../statistics/counts.js';
import { unexpectedOutcomes } from '../statistics/verdict.js';
import type { FleetRedis } from './connection.js';
import type { Engine } from './engine.js';
import { FleetFigures } from './figures.js';
import { Intake } from './intake.js';
import { HubClaim } from './lease.js';
import type { FleetControl, FleetState, Presence } from './messages.js';
import { fleetKeys, resultQueue } from './names.js';
import { FleetView, firstId, jobCounts, withAbandoned, type QueueCounts, type SliceCounts } from './overview.js';
import { SlicePlan, type FleetRow } from './planner.js';
import type { CampaignTuning } from './tunings.js';

/** What a hub is given. */
export interface HubTask {
  readonly engine: Engine;
  readonly redis: FleetRedis;
  readonly fleet: string;
  readonly store: Store;
  readonly session: number;
  readonly rows: readonly SoakRow[];
  /** The tuning files of the campaign, each for hosts of one kind. */
  readonly tunings: readonly CampaignTuning[];
  /** Whether the first failure that nobody expected stops the whole fleet. */
  readonly stopsOnFailure: boolean;
  /** Ends the hub; the workers go on. */
  readonly signal: AbortSignal;
  /** Called with what is worth a line. */
  readonly onEvent: (kind: string, text: string) => void;
  /** Called some times a second. */
  readonly onView: (view: HubView) => void;
}

/** The state of a running hub, for the terminal, the page and metrics. */
export interface HubView {
  readonly elapsedMs: number;
  readonly budgetMs: number;
  readonly state: FleetState;
  readonly workers: readonly Presence[];
  readonly slices: SliceCounts;
  readonly results: QueueCounts;
  readonly figures: FleetFigures;
  readonly rows: readonly FleetRow[];
  /** Whether results wait because the store cannot be written. */
  readonly isBehind: boolean;
}

/** Why a hub has ended. */
export type HubEnd = 'budget used up' | 'interrupted' | 'stopped' | 'drained' | 'another hub';

const STEP_MS = 300;
const RENEW_EVERY_MS = 4000;
/** How often it looks what the workers do, which they say every two seconds. */
const LOOK_EVERY_MS = 1000;
/** How often it looks which slices are queued, and whose those are that run. */
const COMPARE_EVERY_MS = 5000;
const DROP_EVERY_MS = 10_000;
/** Least number of slices that wait, and of those that wait for each worker. */
const WAITING_MIN = 8;
const WAITING_PER_WORKER = 2;
/** How long the end waits for what workers have not delivered. */
const LAST_RESULTS_MS = 15_000;
const CLOSING_MS = 2000;

/** A hub while it runs. */
export class FleetHub {
  readonly #task: HubTask;
  readonly #redis: Redis;
  readonly #view: FleetView;
  readonly #campaign: StoredCampaign;
  readonly #id: string;
  readonly #rows: readonly FleetRow[];
  readonly #plan: SlicePlan;
  readonly #figures: FleetFigures;
  readonly #clock: SoakClock;
  /** Time in which the fleet was paused. */
  #pausedMs = 0;
  #state: FleetState = 'running';
  #why = 'the hub was started';
  #renewedMs = -Infinity;
  #lookedMs = -Infinity;
  #droppedMs = -Infinity;
  #comparedMs = -Infinity;
  /** Slices whose worker has said nothing lately. */
  #abandoned = 0;
  #endingMs: number | null = null;
  #trouble: string | null = null;
  #workers: readonly Presence[] = [];
  readonly #told = new Set<string>();
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  /** Throws UsageError what the store throws. */
  constructor(task: HubTask) {
    this.#task = task;
    const { store, session, rows, engine, redis, fleet, onEvent, tunings } = task;
    this.#campaign = store.campaign();
    this.#id = store.fleet.id()!;
    this.#rows = store.declare(rows).map((id, i) => ({ id, row: rows[i] }));
    this.#plan = new SlicePlan(this.#id, session, this.#campaign, this.#rows, store.totals(), tunings);
    this.#figures = new FleetFigures(store.fleet);
    this.#clock = new SoakClock(this.#campaign.elapsedMs, performance.now());
    this.#redis = redis.connect((why) => {
      onEvent(
        'redis',
        why === null ? 'it is back' : `${why}; workers go on with their slices, and deliver when it is back`,
      );
    });
    this.#view = new FleetView(engine, this.#redis, fleetKeys(fleet));
    this.#failed = new Promise<never>((_, failed) => {
      this.#fail = failed;
    });
    this.#failed.catch(() => {});
  }

  /** Runs until the budget is used up, somebody stops the fleet, or the signal. Throws UsageError if there is another hub. */
  async run(): Promise<HubEnd> {
    const { signal } = this.#task;
    const aborted = new Promise<HubEnd>((done) => {
      const onAbort = guarded(
        () => done('interrupted'),
        () => {},
      );
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
    const closing: (() => Promise<unknown>)[] = [];
    try {
      return await Promise.race([aborted, this.#failed, this.#work(closing)]);
    } finally {
      // Redis may be away, and what is not taken back now runs out or waits.
      const closed = (async () => {
        for (const close of closing.toReversed()) await close();
      })();
      await Promise.race([closed, delay(CLOSING_MS)]).catch(() => {});
      this.#redis.disconnect();
    }
  }

  /** Takes the lease, and works. `closing` gets what is to be done at the end, the last first. */
  async #work(closing: (() => Promise<unknown>)[]): Promise<HubEnd> {
    const claim = await HubClaim.take(this.#redis, this.#view.keys, this.#task.fleet, this.#id);
    closing.push(() => claim.release());
    await this.#begin();
    const intake = this.#takeResults();
    closing.push(() => intake.close());
    return await this.#steps(claim, intake);
  }

  async #begin(): Promise<void> {
    const before = await this.#view.control();
    if (before?.campaign === this.#id && before.state === 'paused') {
      this.#state = 'paused';
      this.#why = before.why;
    }
    // What an earlier hub has queued is planned anew, from what the store holds.
    await this.#view.slices.drain();
    await this.#say(this.#state, this.#why);
  }

  #takeResults(): Intake {
    const { engine, store, session } = this.#task;
    return new Intake({
      engine,
      store,
      session,
      redis: this.#redis,
      keys: this.#view.keys,
      campaign: this.#id,
      nowMs: () => this.#nowMs(),
      onCounted: (interval) => this.#note(interval),
      onTrouble: (text) => this.#event('results', text),
      onFailed: (error) => this.#fail(error),
    });
  }

  async #steps(claim: HubClaim, intake: Intake): Promise<HubEnd> {
    const results = this.#view.queue(resultQueue(this.#id));
    for (;;) {
      try {
        const end = await this.#step(claim, intake, results);
        if (end !== null) return end;
        this.#trouble = null;
      } catch (error) {
        this.#tellTrouble(error);
      }
      await delay(STEP_MS);
    }
  }

  /** Does what is due; returns why the hub ends, null while it goes on. */
  async #step(claim: HubClaim, intake: Intake, results: Queue): Promise<HubEnd | null> {
    const nowMs = this.#nowMs();
    if (performance.now() - this.#renewedMs >= RENEW_EVERY_MS) {
      if (!(await claim.renew())) return 'another hub';
      this.#renewedMs = performance.now();
    }
    await this.#obey();
    const slices = await jobCounts(this.#view.slices);
    const waiting = await jobCounts(results);
    if (performance.now() - this.#lookedMs >= LOOK_EVERY_MS) await this.#lookAtWorkers();
    if (this.#state === 'running' && nowMs >= this.#campaign.budgetMs)
      await this.#say('ended', 'the budget is used up');
    if (performance.now() - this.#comparedMs >= COMPARE_EVERY_MS) await this.#compare();
    if (this.#state === 'running') await this.#fill(slices, nowMs);
    if (performance.now() - this.#droppedMs >= DROP_EVERY_MS) this.#dropOld(nowMs);
    this.#show(withAbandoned(slices, this.#abandoned), waiting, intake.isBehind);
    return this.#endOf(slices, waiting);
  }

  /** Returns how the hub ends in the state of the fleet, once what the workers have counted is there or has taken too long. */
  #endOf(slices: QueueCounts, results: QueueCounts): HubEnd | null {
    const end = END_OF[this.#state];
    if (end === undefined || (this.#state === 'draining' && slices.active > 0)) return null;
    this.#endingMs ??= performance.now();
    const isEmpty = slices.active === 0 && results.waiting + results.active === 0;
    const isDelivered = this.#workers.every(({ undelivered, doing }) => undelivered === 0 && doing !== 'hammering');
    return (isEmpty && isDelivered) || performance.now() - this.#endingMs > LAST_RESULTS_MS ? end : null;
  }

  /** Tells what Redis refuses, once: its memory is full, or it loads its data. Throws any other error. */
  #tellTrouble(error: unknown): void {
    if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
    if (error.message !== this.#trouble) this.#event('redis', error.message.split('\n')[0]);
    this.#trouble = error.message;
  }

  /** Takes over what somebody has told the fleet. After a loss of Redis that is said again. */
  async #obey(): Promise<void> {
    const control = await this.#view.control();
    if (control === null) {
      await this.#say(this.#state, this.#why);
      return;
    }
    if (control.campaign !== this.#id || control.state === this.#state) return;
    this.#event('fleet', `is ${control.state}: ${control.why}`);
    this.#state = control.state;
    this.#why = control.why;
  }

  async #say(state: FleetState, why: string): Promise<void> {
    this.#state = state;
    this.#why = why;
    const control: FleetControl = { campaign: this.#id, name: this.#campaign.name.slice(0, 200), state, why };
    await this.#view.say(control);
  }

  /** Forgets slices that are queued no more, though nobody has said how they ended. */
  async #compare(): Promise<void> {
    this.#comparedMs = performance.now();
    this.#abandoned = await this.#view.abandoned(this.#workers);
    this.#plan.compare(await this.#view.queued(), this.#comparedMs);
  }

  /** Queues as many slices as keep all workers busy. */
  async #fill({ waiting, active }: QueueCounts, nowMs: number): Promise<void> {
    if (waiting + active === 0) this.#plan.forget();
    const missing = Math.max(WAITING_MIN, WAITING_PER_WORKER * this.#workers.length) - waiting;
    if (missing <= 0) return;
    await this.#view.add(this.#plan.plan(missing, nowMs));
  }

  async #lookAtWorkers(): Promise<void> {
    const before = new Map(this.#workers.map((worker) => [worker.id, worker]));
    this.#lookedMs = performance.now();
    this.#workers = await this.#view.workers();
    for (const { id, name, facts, refused, tuned } of this.#workers) {
      if (!before.delete(id))
        this.#event('worker', `${name} is there: ${facts.cores} cores, ${facts.cpuModel}, Node ${facts.node}`);
      if (refused !== null) this.#tellOnce('refused', `${name} sends jobs back: ${refused}`);
      if (tuned !== undefined) this.#tellOnce('tuned', `${name} hammers with ${tuned}`);
    }
    for (const { name } of before.values()) this.#event('worker', `${name} is gone`);
  }

  /** Drops what is old in the store, which would grow without end. */
  #dropOld(nowMs: number): void {
    this.#droppedMs = performance.now();
    try {
      this.#task.store.fleet.dropOld(nowMs);
    } catch (error) {
      // The intake says that nothing can be written.
      if (writeTrouble(error) === null) throw error;
    }
  }

  #note(interval: DeliveredInterval): void {
    const { execution, lengthMs, trials, end } = interval;
    const found = this.#rows.find(({ id }) => id === execution.row);
    this.#figures.note(interval);
    const hasProved = found !== undefined && countOf(found.row.expected, interval) > 0;
    this.#plan.note(execution.row, this.#nowMs(), { lengthMs, hasTrials: trials > 0, hasProved });
    if (end !== null) this.#plan.ended(firstId(execution.job), execution.row);
    if (end?.harnessError != null)
      this.#tellOnce(
        'harness error',
        `${this.#nameOf(found)} on ${execution.host.name}: ${end.harnessError.split('\n')[0]}`,
      );
    if (found !== undefined) this.#noteFailure(found, interval);
  }

  #noteFailure(found: FleetRow, { execution: { host }, outcomes }: DeliveredInterval): void {
    const { race, expected, expectation } = found.row;
    const declared = outcomes.map((one) => ({ ...one, declared: Object.hasOwn(race.signatures, one.signature) }));
    const [failure] = unexpectedOutcomes({ fails: expected, alsoFails: expectation.alsoFails }, { outcomes: declared });
    if (failure === undefined) return;
    const what = `${this.#nameOf(found)}: ${failure.signature} on ${host.name}`;
    this.#tellOnce('failure', what);
    if (!this.#task.stopsOnFailure || this.#state === 'stopped') return;
    this.#say('stopped', what).catch((error: unknown) => this.#fail(error));
  }

  #nameOf(found: FleetRow | undefined): string {
    return found === undefined ? 'a row' : `${found.row.race.name}, ${found.row.name}`;
  }

  /** Returns the time of the soak, which stands still while the fleet is paused or the hub is stopped. */
  #nowMs(): number {
    const before = this.#clock.elapsedMs;
    this.#clock.tick(performance.now());
    if (this.#state === 'paused') this.#pausedMs += this.#clock.elapsedMs - before;
    return this.#clock.elapsedMs - this.#pausedMs;
  }

  #show(slices: SliceCounts, results: QueueCounts, isBehind: boolean): void {
    this.#task.onView({
      elapsedMs: this.#nowMs(),
      budgetMs: this.#campaign.budgetMs,
      state: this.#state,
      workers: this.#workers,
      slices,
      results,
      figures: this.#figures,
      rows: this.#rows,
      isBehind,
    });
  }

  #tellOnce(kind: string, text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#event(kind, text);
  }

  #event(kind: string, text: string): void {
    this.#task.onEvent(kind, text);
    try {
      this.#task.store.event(kind, text);
    } catch (error) {
      // The intake says that nothing can be written.
      if (writeTrouble(error) === null) throw error;
    }
  }
}

/** How the hub ends in a state in which it ends. */
const END_OF: Readonly<Partial<Record<FleetState, HubEnd>>> = {
  ended: 'budget used up',
  stopped: 'stopped',
  draining: 'drained',
};
