/**
 * A worker of a fleet: takes slices, lets a process run each, and brings the hub what was counted. Its event loop does nothing else, so a
 * lease is never lost to threads that spin. Called by `fleet work`.
 */

import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { guarded } from '../harness/host/guarded.js';
import type { FleetHostFacts } from '../report/soak/fleetDocument.js';
import { ExecutionIds } from '../soak/executionIds.js';
import type { Execution } from '../soak/fleetRecords.js';
import type { FleetRedis } from './connection.js';
import type { Engine } from './engine.js';
import type { KnownRaces } from './knownRaces.js';
import {
  MessageError,
  checked,
  parsed,
  type FleetControl,
  type NamedRow,
  type Presence,
  type SliceJob,
} from './messages.js';
import { SLICE_QUEUE, fleetKeys, type FleetKeys } from './names.js';
import { FleetView } from './overview.js';
import { Sender } from './sender.js';
import { SliceProcess, type HostLimits, type ProcessEnd } from './sliceProcess.js';
import type { Spool } from './spool.js';
import type { Fingerprint } from '../harness/host/fingerprint.js';
import { tunedWords, tuningFor, type SliceTuning } from './tunings.js';
import { isWithin, type Hours } from './workerHost.js';

/** What a worker is given. */
export interface WorkerTask {
  readonly engine: Engine;
  readonly redis: FleetRedis;
  readonly fleet: string;
  readonly name: string;
  readonly facts: FleetHostFacts;
  /** By which it finds the tuning file that is for this host. */
  readonly print: Fingerprint;
  readonly spool: Spool;
  readonly races: KnownRaces;
  readonly limits: HostLimits;
  /** Null for all day. */
  readonly hours: Hours | null;
  /** The module that runs a slice. */
  readonly main: URL;
  readonly tell: (line: string) => void;
  /** Ends the worker. */
  readonly signal: AbortSignal;
}

/** The lease of a job. A host that stalls for less keeps it; the job of a dead one is run again after it. */
const LOCK_MS = 120_000;
const RENEW_MS = 30_000;
const STALLED_CHECK_MS = 30_000;
/** How often a job may lose its host. That is no failure of the job. */
const STALLS_MAX = 100;

const STEP_MS = 300;
const PRESENCE_EVERY_MS = 2000;
const PRESENCE_MS = 15_000;
/** How long a worker keeps a job that it refuses, so that others have time to ask for it. */
const REFUSED_MS = 1500;
/** Longest slice of what must fail on the host first. It ends with enough failures; if they come slowly, the rest is the row's time. */
const PROOF_MS = 10_000;
/** How long its end may take for what has not arrived. */
const LAST_MS = 5000;

/** States in which slices run. */
const RUNNING: ReadonlySet<FleetControl['state']> = new Set(['running', 'draining']);

/** A worker while it works. */
export class FleetWorker {
  readonly #task: WorkerTask;
  readonly #keys: FleetKeys;
  readonly #redis: Redis;
  readonly #worker: Worker;
  readonly #sender: Sender;
  readonly #view: FleetView;
  readonly #id = randomUUID();
  readonly #ids = new ExecutionIds();
  #control: FleetControl | null = null;
  /** The process that runs slices, and again while it runs one. */
  #process: SliceProcess | null = null;
  #running: SliceProcess | null = null;
  #row: string | null = null;
  #executions = 0;
  #refused: string | null = null;
  #tuned: string | null = null;
  /** When the hammer of a row has failed here as it should, by row and code. */
  readonly #provedMs = new Map<string, number>();
  #presenceMs = -Infinity;
  #isResting = false;

  constructor(task: WorkerTask) {
    this.#task = task;
    this.#keys = fleetKeys(task.fleet);
    const { engine, redis, tell } = task;
    this.#redis = redis.connect((why) => {
      tell(why === null ? 'redis: it is back' : `redis: ${why}; what is counted stays in the spool until it is back`);
    });
    this.#view = new FleetView(engine, this.#redis, this.#keys);
    this.#sender = new Sender(engine, this.#redis, this.#keys, task.spool);
    this.#worker = new engine.Worker<unknown>(SLICE_QUEUE, (job, token) => this.#take(job, token), {
      connection: this.#redis,
      prefix: this.#keys.prefix,
      concurrency: 1,
      lockDuration: LOCK_MS,
      lockRenewTime: RENEW_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: STALLS_MAX,
      skipVersionCheck: true,
      autorun: false,
      // By which the hub and `fleet status` know whose a job is.
      name: this.#id,
    });
    // An outage is reported by the connection, and a job that another worker has got meanwhile is no trouble.
    this.#worker.on('error', () => {});
  }

  /** Works until the signal. Then the running slice ends, and what it counted is sent if Redis is there. */
  async work(): Promise<void> {
    const { signal, tell } = this.#task;
    const onAbort = guarded(
      () => this.#running?.end(),
      () => {},
    );
    signal.addEventListener('abort', onAbort);
    // It loads while the first job is on its way: that takes as long as a slice of a twin.
    if (!signal.aborted) this.#process = new SliceProcess(this.#task.main, this.#task.limits);
    const ran = this.#worker.run().catch((error: unknown) => tell(`queue: ${String(error)}`));
    // Each may wait for Redis, and none may keep the others waiting.
    await Promise.all([
      this.#steps(() => this.#obey()),
      this.#steps(() => this.#sender.step()),
      this.#steps(() => this.#show()),
    ]);
    await Promise.race([this.#end().then(() => ran), delay(LAST_MS)]);
    this.#redis.disconnect();
    this.#task.spool.close();
  }

  /** Repeats a step until the signal. */
  async #steps(step: () => Promise<void>): Promise<void> {
    const { signal, tell } = this.#task;
    const aborted = new Promise<void>((done) => {
      const onAbort = guarded(
        () => done(),
        () => done(),
      );
      signal.addEventListener('abort', onAbort, { once: true });
    });
    // Redis may refuse the same again and again, as long as its memory is full.
    let last = '';
    while (!signal.aborted) {
      const stepped = step().catch((error: unknown) => {
        const [line] = (error as Error).message.split('\n');
        if (!signal.aborted && line !== last) tell(`worker: ${line}`);
        last = line;
      });
      await Promise.race([stepped, aborted]);
      await delay(STEP_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #end(): Promise<void> {
    await this.#worker.close();
    this.#process?.end();
    // Until the hub has confirmed all, or for as long as the end may take.
    while (!this.#task.spool.isEmpty) {
      await this.#sender.step();
      await delay(STEP_MS);
    }
    await this.#redis.srem(this.#keys.workers, this.#id);
    await this.#redis.del(this.#keys.worker(this.#id));
  }

  /** Does what the hub has said for all, and rests outside of its hours. */
  async #obey(): Promise<void> {
    this.#control = parsed('control', await this.#redis.get(this.#keys.control));
    const { hours } = this.#task;
    const isResting = hours !== null && !isWithin(hours, new Date().getHours());
    if (isResting && !this.#isResting) await this.#worker.pause(true);
    if (!isResting && this.#isResting) void this.#worker.resume();
    this.#isResting = isResting;
    if (!this.#mayRun) this.#running?.end();
  }

  get #mayRun(): boolean {
    return (
      !this.#isResting && !this.#task.signal.aborted && (this.#control === null || RUNNING.has(this.#control.state))
    );
  }

  async #show(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#presenceMs < PRESENCE_EVERY_MS) return;
    this.#presenceMs = nowMs;
    const { name, facts, spool } = this.#task;
    const idle = this.#isResting ? 'outside its hours' : this.#mayRun ? 'idle' : 'paused';
    const presence: Presence = {
      id: this.#id,
      name,
      pid: process.pid,
      facts,
      doing: this.#running === null ? idle : 'hammering',
      row: this.#row,
      undelivered: spool.undelivered,
      executions: this.#executions,
      refused: this.#refused,
      ...(this.#tuned === null ? {} : { tuned: this.#tuned }),
    };
    await this.#redis.set(this.#keys.worker(this.#id), JSON.stringify(presence), 'PX', PRESENCE_MS);
    await this.#redis.sadd(this.#keys.workers, this.#id);
  }

  async #take(job: Job<unknown>, token: string | undefined): Promise<void> {
    const task = this.#taskOf(job);
    if (typeof task === 'string') return this.#refuse(job, task);
    const { row, hammer, proveEveryMs } = task;
    // Left behind by an earlier campaign.
    if (this.#control !== null && this.#control.campaign !== task.campaign) return;
    if (!this.#mayRun) return this.#giveBack(job, token);
    const races = [row, ...(hammer === null ? [] : [hammer])].map((one) => this.#task.races.resolve(one));
    for (const found of races) if ('refused' in found) return this.#refuse(job, found.refused);
    const [typed, hammerTyped] = races.map((found) => ('typed' in found ? found.typed : ''));
    this.#refused = null;
    this.#noteTuning(task);
    if (hammer !== null && !this.#hasProved(hammer, proveEveryMs)) {
      await this.#execute(job, { ...task, lengthMs: Math.min(task.lengthMs, PROOF_MS) }, hammer, hammerTyped);
      if (!this.#mayRun) return this.#giveBack(job, token);
    }
    await this.#execute(job, task, row, typed);
  }

  /** Says with which settings this host hammers, once for each campaign. */
  #noteTuning({ tunings = [] }: SliceJob): void {
    const { print, tell } = this.#task;
    const words = tunings.length === 0 ? null : tunedWords(tunings, print);
    if (words !== null && words !== this.#tuned) tell(`tuned: this host hammers with ${words}`);
    this.#tuned = words;
  }

  /** Returns the settings of a row that were found on a host like this; null if there are none. */
  #tuningOf({ tunings = [] }: SliceJob, { tuned = [] }: NamedRow): SliceTuning | null {
    const mine = tuningFor(tunings, this.#task.print);
    const found = tuned.find(({ file }) => file === mine);
    return found === undefined ? null : { path: tunings[mine].path, entry: found.entry };
  }

  /** Reads a job, or says why another version has to. One that nobody can read fails, and stays with its reason. */
  #taskOf(job: Job<unknown>): SliceJob | string {
    const { engine, tell } = this.#task;
    try {
      return checked('sliceJob', job.data);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      if (error.isNewer) return error.message;
      tell(`job ${JSON.stringify(String(job.id).slice(0, 100))}: is refused: ${error.message}`);
      throw new engine.UnrecoverableError(error.message);
    }
  }

  /** Puts a job back where it was: the fleet does not run at the moment. */
  async #giveBack(job: Job<unknown>, token: string | undefined): Promise<never> {
    await delay(REFUSED_MS, undefined, { signal: this.#task.signal }).catch(() => {});
    await job.moveToWait(token);
    throw new this.#task.engine.WaitingError();
  }

  /** Leaves a job to other workers, behind all that wait: this one would get it again at once where it was. */
  async #refuse(job: Job<unknown>, reason: string): Promise<void> {
    const { tell, signal } = this.#task;
    // It may have loaded code that is replaced just then.
    this.#process?.end();
    this.#process = null;
    if (reason !== this.#refused) tell(`a job goes back to the queue: ${reason}`);
    this.#refused = reason;
    await delay(REFUSED_MS, undefined, { signal }).catch(() => {});
    await this.#view.addAgain(String(job.id), job.data);
  }

  /** Returns the process that has run the last slice, or a new one where that cannot run this row. */
  #processFor(row: NamedRow, main: URL, limits: HostLimits): SliceProcess {
    if (this.#process?.canRun(row) === true) return this.#process;
    this.#process?.end();
    this.#process = new SliceProcess(main, limits);
    return this.#process;
  }

  #hasProved(hammer: NamedRow, everyMs: number): boolean {
    const provedMs = this.#provedMs.get(`${hammer.id} ${hammer.source}`);
    return provedMs !== undefined && performance.now() - provedMs < everyMs;
  }

  /** Lets a process run a slice of the row. */
  async #execute(job: Job<unknown>, task: SliceJob, row: NamedRow, typed: string): Promise<void> {
    const { spool, main, limits, name, facts, tell } = this.#task;
    const uuid = this.#ids.next();
    const seed = seedOf(task.seed, uuid);
    const execution: Execution = {
      uuid,
      job: String(job.id),
      row: row.id,
      source: row.source,
      seed,
      host: { name, facts },
    };
    const path = spool.begin(task.campaign, execution);
    this.#row = `${row.race}, ${row.name}`;
    this.#executions++;
    this.#presenceMs = -Infinity;
    let end: ProcessEnd | null = null;
    try {
      this.#running = this.#processFor(row, main, limits);
      const { campaign, lengthMs, classes = false } = task;
      const tuning = this.#tuningOf(task, row);
      end = await this.#running.run({ path, campaign, row, typed, seed, lengthMs, tuning, classes });
    } finally {
      this.#running = null;
      this.#row = null;
      this.#presenceMs = -Infinity;
      spool.end(path, end !== null && 'harnessError' in end ? end.harnessError : null);
    }
    if ('result' in end && end.result.hasFailed) {
      this.#provedMs.set(`${row.id} ${row.source}`, performance.now());
    } else if ('lost' in end) {
      tell(`${row.race}, ${row.name}: ${end.lost}; its last interval is lost`);
    } else if ('harnessError' in end) {
      tell(`${row.race}, ${row.name}: ${end.harnessError}`);
    }
  }
}

/** Returns the seed of an execution: a job that is run again gives another sample. */
function seedOf(seed: number, uuid: string): number {
  return createHash('sha256').update(`${seed}/${uuid}`).digest().readUInt32LE(0);
}
